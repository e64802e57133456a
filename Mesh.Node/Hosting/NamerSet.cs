using System.Collections.Immutable;
using Mesh.Discovery.Namers;
using Mesh.Discovery.Namers.Inet;
using Mesh.Discovery.Names;
using Mesh.Node.Config;

namespace Mesh.Node.Hosting;

/// <summary>The namers of a node as the config has them now. A reload keeps those that are written as before, with all they know.</summary>
/// <remarks>One caller at a time; <see cref="Table"/> may be read by anybody.</remarks>
internal sealed class NamerSet : IDisposable
{
    private readonly NamerFactory _factory;
    private readonly BuiltInNamer _builtIn;
    private ImmutableArray<HeldNamer> _held;
    private volatile NamerTable _table;

    public NamerSet(ImmutableArray<NamerConfig> configs, NamerFactory factory, InetNamer inet)
    {
        _factory = factory;
        _builtIn = new BuiltInNamer(inet);
        _held = [.. configs.Select(config => new HeldNamer(config, factory.Create(config)))];
        _table = new NamerTable(_held, _builtIn);
    }

    public NamerTable Table => _table;

    /// <summary>
    /// Takes over a new list: the table is another one if anything differs. Who is no longer in it comes back, to be retired once the routers
    /// look names up in the new table.
    /// </summary>
    public ImmutableArray<HeldNamer> Replace(ImmutableArray<NamerConfig> configs)
    {
        var left = _held.ToList();
        HeldNamer[] next = [.. configs.Select(config => Take(left, config))];
        if (next.AsSpan().SequenceEqual(_held.AsSpan())) return [];
        _held = [.. next];
        _table = new NamerTable(_held, _builtIn);
        return [.. left];
    }

    public void Dispose()
    {
        foreach (HeldNamer namer in _held) namer.Retire();
    }

    private HeldNamer Take(List<HeldNamer> from, NamerConfig config)
    {
        int index = from.FindIndex(held => held.Config.Equals(config));
        if (index < 0) return new HeldNamer(config, _factory.Create(config));
        HeldNamer kept = from[index];
        from.RemoveAt(index);
        return kept;
    }
}
