using System.Collections.Immutable;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Namers;
using Mesh.Discovery.Namers.Inet;
using Mesh.Discovery.Names;
using Mesh.Discovery.Services;
using Mesh.Discovery.Transformers;
using Mesh.Node.Config;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Hosting;

/// <summary>
/// The namers of a node as the config has them now, and what is under them: DNS, the addresses of this machine. A reload keeps those that are
/// written as before, with all they know.
/// </summary>
/// <remarks>One caller at a time; <see cref="Table"/> may be read by anybody.</remarks>
internal sealed class NamerSet : IDisposable
{
    private readonly HostTable _hosts;
    private readonly InetNamer _inet;
    private readonly LocalAddresses _local;
    private readonly ImmutableArray<INamer> _builtIn;
    private ImmutableArray<HeldNamer> _held;
    private volatile NamerTable _table;

    /// <param name="configs">In the order written.</param>
    /// <param name="resolver">For host names.</param>
    /// <param name="log">Where namers tell their problems.</param>
    /// <param name="time">Their clock.</param>
    /// <param name="services">The fleet's; null where there is no fleet: then none is ever known.</param>
    /// <param name="own">A namer that no config names, of whoever made it; null: none.</param>
    public NamerSet(
        ImmutableArray<NamerConfig> configs, IDnsResolver resolver, NodeLog log, TimeProvider time, ServiceTable? services = null, INamer? own = null)
    {
        _hosts = new HostTable(resolver, time);
        _inet = new InetNamer(_hosts, time);
        _local = new LocalAddresses(time);
        BuiltInNamer builtIn = new(_inet);
        _builtIn = own is null ? [builtIn] : [own, builtIn];
        _table = new NamerTable([], _builtIn);
        Factory = new NamerFactory(_hosts, _local, Lookup, services ?? new ServiceTable(), log, time);
        _held = [.. configs.Select(Factory.Create)];
        _table = new NamerTable(_held, _builtIn);
    }

    public NamerTable Table => _table;

    public NamerFactory Factory { get; }

    /// <summary>
    /// Takes over a new list: the table is another one if anything differs. Who is no longer in it comes back, to be retired once the routers
    /// look names up in the new table.
    /// </summary>
    public ImmutableArray<HeldNamer> Replace(ImmutableArray<NamerConfig> configs)
    {
        if (configs.SequenceEqual(_held.Select(static held => held.Config))) return [];
        var left = _held.ToList();
        _held = [.. configs.Select(config => Take(left, config))];
        _table = new NamerTable(_held, _builtIn);
        return [.. left];
    }

    public void Dispose()
    {
        foreach (HeldNamer namer in _held) namer.Retire();
        _local.Dispose();
        _inet.Dispose();
        _hosts.Dispose();
    }

    private HeldNamer Take(List<HeldNamer> from, NamerConfig config)
    {
        int index = NamerFactory.DependsOnOthers(config) ? -1 : from.FindIndex(held => held.Config.Equals(config));
        if (index < 0) return Factory.Create(config);
        HeldNamer kept = from[index];
        from.RemoveAt(index);
        return kept;
    }

    private INameWatch Lookup(Path path) => _table.Lookup(path);
}
