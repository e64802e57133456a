using System.Net;
using Mesh.Routing.Identifiers;
using Mesh.Wire.Faults;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>Why a connection whose bytes nobody reads came to nothing, in words for the log.</summary>
internal static class OpaqueFaults
{
    /// <summary>A break of the backend's, when the connection was there.</summary>
    public static Fault ServerBroke { get; } = new(FaultStage.ResponseBody, FaultParty.Backend, FaultCause.Closed);

    public static FaultReport Unnamed(ConnectionIdentifierList identifiers, in ConnectionFacts facts) => new(
        new Fault(FaultStage.Identify, FaultParty.Client, FaultCause.Unidentified),
        $"A connection to port {facts.Port} has no name: {identifiers.Explain(facts)}.");

    /// <param name="address">Who was connected.</param>
    /// <param name="destination">Its client name.</param>
    public static FaultReport Broke(IPEndPoint address, string destination) =>
        new(ServerBroke, $"{address} ({destination}) broke a connection off.");
}
