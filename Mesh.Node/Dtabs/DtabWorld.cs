using System.Collections.Immutable;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Namers;
using Mesh.Discovery.Namers.Inet;
using Mesh.Discovery.Names;
using Mesh.Discovery.Transformers;
using Mesh.Node.Config;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Dtabs;

/// <summary>The names of a router without its node: files are read and watched, hosts are assumed to be there, nothing listens.</summary>
internal sealed class DtabWorld : IDisposable
{
    private readonly HostTable _hosts;
    private readonly InetNamer _inet;
    private readonly ConfiguredNamers _namers;

    /// <param name="namers">Of a config; none where there is no config.</param>
    /// <param name="transformers">Of the router's interpreter.</param>
    /// <param name="time">For polling.</param>
    /// <param name="report">Told what is wrong with a namer's source, in words.</param>
    public DtabWorld(IEnumerable<NamerConfig> namers, IEnumerable<TransformerConfig> transformers, TimeProvider time, Action<string> report)
    {
        _hosts = new HostTable(new AssumedHosts(), time);
        _inet = new InetNamer(_hosts, time);
        INamer[] builtIn =
        [
            new AssumedInetNamer(Path.Of("$", "inet"), isPortFirst: false),
            new AssumedInetNamer(Path.Of("$", "fixedinet"), isPortFirst: false),
            new AssumedInetNamer(Path.Of("$", "io.buoyant.rinet"), isPortFirst: true),
            new BuiltInNamer(_inet),
        ];
        _namers = new ConfiguredNamers(namers, _hosts, builtIn, time, (namer, problem) => report($"warning: namer {namer}: {problem}"));
        Transformers = _namers.Transformers(transformers);
    }

    public NamerTable Namers => _namers.Table;

    public ImmutableArray<Transformer> Transformers { get; }

    public void Dispose()
    {
        _namers.Dispose();
        _inet.Dispose();
        _hosts.Dispose();
    }
}
