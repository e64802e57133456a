using System.Collections.Immutable;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Namers;
using Mesh.Discovery.Namers.Fs;
using Mesh.Discovery.Namers.Inet;
using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Dtabs;

/// <summary>The names of a config without its node: files are read and watched, hosts are assumed to be there, nothing listens.</summary>
internal sealed class DtabWorld : IDisposable
{
    private readonly HostTable _hosts;
    private readonly InetNamer _inet;
    private readonly ImmutableArray<INamer> _configured;

    /// <param name="namers">Of a config; none where there is no config.</param>
    /// <param name="time">For polling.</param>
    /// <param name="report">Told what is wrong with a namer's source, in words.</param>
    public DtabWorld(IEnumerable<NamerConfig> namers, TimeProvider time, Action<string> report)
    {
        _hosts = new HostTable(new AssumedHosts(), time);
        _inet = new InetNamer(_hosts, time);
        _configured = [.. namers.OfType<FsNamerConfig>().Select(namer => Files(namer, time, report))];
        Namers = new NamerTable(
            _configured,
            new AssumedInetNamer(Path.Of("$", "inet"), isPortFirst: false),
            new AssumedInetNamer(Path.Of("$", "fixedinet"), isPortFirst: false),
            new AssumedInetNamer(Path.Of("$", "io.buoyant.rinet"), isPortFirst: true),
            new BuiltInNamer(_inet));
    }

    public NamerTable Namers { get; }

    public void Dispose()
    {
        foreach (INamer namer in _configured) (namer as IDisposable)?.Dispose();
        _inet.Dispose();
        _hosts.Dispose();
    }

    private FsNamer Files(FsNamerConfig config, TimeProvider time, Action<string> report)
    {
        var options = new FsNamerOptions
        {
            RootDirectory = config.RootDir,
            Prefix = Path.Parse("/#/" + config.Prefix),
            Report = problem => report($"namer {config.Prefix}: {problem}"),
        };
        return new FsNamer(options, _hosts, time);
    }
}
