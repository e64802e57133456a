using System.Net;
using Mesh.Wire.Faults;

namespace Mesh.Node.Proxy;

/// <summary>Why a connection does not change its protocol where HTTP/2 is spoken on one side, in words.</summary>
internal static class TunnelFaults
{
    /// <param name="token">What <c>:protocol</c> said.</param>
    public static FaultReport NotAllowed(string token) => new(
        new Fault(FaultStage.Admit, FaultParty.Client, FaultCause.Rejected),
        $"An extended CONNECT for `{token}` is not taken here: see `upgrades` of the server.") { Status = 501 };

    public static FaultReport NotTaken(IPEndPoint address, string destination) => new(
        new Fault(FaultStage.ResponseHead, FaultParty.Backend, FaultCause.Rejected),
        $"{address} ({destination}) speaks HTTP/2 and does not take upgrades there: it announced no SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441). "
        + "Write `client.protocol: http1` for it, or `auto` with TLS.");

    public static FaultReport NotSwitched(IPEndPoint address, string destination, int status) => new(
        new Fault(FaultStage.ResponseHead, FaultParty.Backend, FaultCause.Rejected),
        $"{address} ({destination}) answered {status} to the offer of an upgrade, and not 101: it does not speak that protocol on this path.");

    public static FaultReport WrongKey(IPEndPoint address, string destination) => new(
        new Fault(FaultStage.ResponseHead, FaultParty.Backend, FaultCause.Rejected),
        $"{address} ({destination}) answered 101 without the Sec-WebSocket-Accept that belongs to its Sec-WebSocket-Key (RFC 6455 section 4.1): "
        + "it does not speak WebSocket, or something before it answers from a cache.");
}
