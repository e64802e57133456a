using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Mesh.Discovery.Transformers;
using Mesh.Node.Config;
using Mesh.Node.Hosting;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Dtabs;

/// <summary>The names of a router without its node: files are read and watched, hosts are assumed to be there, nothing listens.</summary>
internal sealed class DtabWorld : IDisposable
{
    private readonly NamerSet _namers;

    /// <summary>Stands before the others: no host is watched, so a million of them cost nothing, and no fleet is waited for.</summary>
    private readonly NamerTable _assumed;

    /// <param name="namers">Of a config; none where there is no config.</param>
    /// <param name="transformers">Of the router's interpreter.</param>
    /// <param name="time">For polling.</param>
    /// <param name="log">Told what is wrong with a namer's source.</param>
    /// <param name="services">That the config hosts.</param>
    public DtabWorld(
        ImmutableArray<NamerConfig> namers,
        ImmutableArray<TransformerConfig> transformers,
        TimeProvider time,
        TextWriter log,
        ImmutableArray<HostedServiceConfig> services = default)
    {
        ImmutableArray<HostedServiceConfig> hosted = services.IsDefault ? [] : services;
        _assumed = new NamerTable(
            [],
            [
                new AssumedInetNamer(Path.Of("$", "inet"), isPortFirst: false),
                new AssumedInetNamer(Path.Of("$", "fixedinet"), isPortFirst: false),
                new AssumedInetNamer(Path.Of("$", "io.buoyant.rinet"), isPortFirst: true),
                .. namers.OfType<ServicesNamerConfig>().Select(namer => new AssumedServicesNamer(namer, hosted)),
            ]);
        _namers = new NamerSet(namers, new AssumedHosts(), new NodeLog(log, time), time);
        Transformers = _namers.Factory.Transformers(transformers);
    }

    public ImmutableArray<Transformer> Transformers { get; }

    public INameWatch Lookup(Path path)
    {
        INameWatch assumed = _assumed.Lookup(path);
        return assumed.Current == NameState.Resolved.Neg ? _namers.Table.Lookup(path) : assumed;
    }

    public void Dispose()
    {
        foreach (Transformer transformer in Transformers) transformer.Dispose();
        _namers.Dispose();
    }
}
