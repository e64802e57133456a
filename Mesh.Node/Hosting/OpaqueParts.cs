using System.Collections.Frozen;
using Mesh.Node.Config;
using Mesh.Node.Proxy;
using Mesh.Node.Proxy.Opaque;
using Mesh.Node.Proxy.Tls;
using Mesh.Routing.Identifiers;
using Mesh.Wire.Loops;
using Mesh.Wire.Opaque;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Hosting;

/// <summary>What a config says of connections whose bytes nobody reads, in the words of the path.</summary>
internal static class OpaqueParts
{
    /// <summary>Null: the server takes HTTP alone.</summary>
    public static OpaqueTerms? TermsOf(RouterConfig router, ServerConfig server, NodeParts node)
    {
        if (router.Takes == RouterTakes.Http) return null;
        OpaqueServerConfig config = server.Opaque;
        OpaqueComplaints complaints = new(node.Time, text => node.Log.Warning(router.Label, text));

        // Nobody knows when bytes that nobody reads are complete: who is silent while the node stops is cut off with all others.
        SpliceSettings splice = new(LoopTimes.Nanoseconds(config.IdleTimeout), DrainQuietNs: LoopTimer.Never);
        return new OpaqueTerms(IdentifiersOf(router), splice, report => complaints.Tell(report))
        {
            OwnEnds = node.OwnEnds,
            TakesHttp = router.Takes == RouterTakes.Either,
            DetectNs = LoopTimes.Nanoseconds(config.DetectTimeout),
            Ports = config.OpaquePorts.ToFrozenSet(),
        };
    }

    /// <summary>Null: none.</summary>
    /// <exception cref="IOException">A file cannot be used; the message names it.</exception>
    public static ServerTls? TlsOf(RouterConfig router, ServerConfig server, TlsParts tls) =>
        server.Tls is { } written ? tls.Of(written, speaksHttp: router.Takes != RouterTakes.Opaque) : null;

    public static ConnectionIdentifierList IdentifiersOf(RouterConfig router)
    {
        Path prefix = Path.Parse(router.DstPrefix);
        return new ConnectionIdentifierList([.. router.ConnectionIdentifiers.Select(config => Of(prefix, config))]);
    }

    private static IConnectionIdentifier Of(Path prefix, ConnectionIdentifierConfig config) => config switch
    {
        SniIdentifierConfig => new ServerNameIdentifier(prefix),
        OriginalDstIdentifierConfig => new OriginalDestinationIdentifier(prefix),
        PortIdentifierConfig => new PortIdentifier(prefix),
        StaticConnectionConfig one => new StaticConnectionIdentifier(prefix + Path.Parse($"/{one.Path}")),
        _ => throw new ArgumentOutOfRangeException(nameof(config), config, "the schema knows an identifier that the node does not"),
    };
}
