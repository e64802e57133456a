using System.Collections.Frozen;
using Mesh.Routing.Identifiers;
using Mesh.Wire.Opaque;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>What a server does with connections whose bytes nobody reads.</summary>
/// <param name="Identifiers">How they get their names.</param>
/// <param name="Splice">How long they may be silent.</param>
/// <param name="Complain">Told why one came to nothing. Any thread, quick.</param>
internal sealed record OpaqueTerms(ConnectionIdentifierList Identifiers, SpliceSettings Splice, Action<FaultReport> Complain)
{
    /// <summary>Other connections are HTTP, as their first bytes tell.</summary>
    public bool TakesHttp { get; init; }

    /// <summary>A client that says nothing for so long waits for its server, nanoseconds.</summary>
    public long DetectNs { get; init; }

    /// <summary>Of the node: who comes from one of them is refused.</summary>
    public required OwnEnds OwnEnds { get; init; }

    /// <summary>Ports whose connections are not waited for.</summary>
    public FrozenSet<int> Ports { get; init; } = [];
}
