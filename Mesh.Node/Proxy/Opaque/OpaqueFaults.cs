using System.Net;
using Mesh.Routing.Identifiers;
using Mesh.Wire.Exchange;
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

    /// <param name="port">Whereto the connection came.</param>
    public static FaultReport FromOurselves(int port) => new(
        new Fault(FaultStage.Admit, FaultParty.Node, FaultCause.Rejected),
        $"A connection to port {port} came from this node itself, and would go round for ever: rules lead to the node's own port, or the firewall "
        + "redirects the node's own connections (leave its user out: `-m owner ! --uid-owner mesh`).");

    public static FaultReport OldNode(IPEndPoint address, string destination) => new(
        new Fault(FaultStage.Connect, FaultParty.Backend, FaultCause.Rejected, IsRetryable: true),
        $"The inbound side {address} ({destination}) takes no connections for apps (mesh-tcp over HTTP/2): its node is older than this one.");

    /// <param name="address">The other node's inbound side.</param>
    /// <param name="destination">The client name.</param>
    /// <param name="status">What it answered.</param>
    /// <param name="why">In its words; empty: it said none.</param>
    /// <param name="isHarmless">It says that the app was not reached.</param>
    public static FaultReport NotConnected(IPEndPoint address, string destination, int status, string why, bool isHarmless) => new(
        new Fault(FaultStage.Connect, FaultParty.Backend, FaultCause.Unreachable, isHarmless),
        $"The inbound side {address} ({destination}) could not connect its app, and answered {status}{(why.Length == 0 ? "." : $": {why}")}");

    public static FaultReport NoAnswer(IPEndPoint address, string destination, ResponseArrival arrival, string brokenBy) => new(
        new Fault(
            FaultStage.Connect, FaultParty.Backend, arrival == ResponseArrival.TimedOut ? FaultCause.TimedOut : FaultCause.Closed, IsRetryable: true),
        arrival == ResponseArrival.TimedOut
            ? $"The inbound side {address} ({destination}) did not connect its app within connectTimeoutMs."
            : $"The inbound side {address} ({destination}) gave no answer{(brokenBy.Length == 0 ? "" : $": {brokenBy}")}.");

    /// <param name="address">Who was connected.</param>
    /// <param name="destination">Its client name.</param>
    public static FaultReport Broke(IPEndPoint address, string destination) =>
        new(ServerBroke, $"{address} ({destination}) broke a connection off.");
}
