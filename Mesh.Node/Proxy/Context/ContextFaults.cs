using Mesh.Wire.Faults;

namespace Mesh.Node.Proxy.Context;

/// <summary>Why a request is not let in, in words.</summary>
internal static class ContextFaults
{
    /// <summary>Linkerd's status and first sentence.</summary>
    public static FaultReport TooDeep(int limit) => new(
        new Fault(FaultStage.Admit, FaultParty.Client, FaultCause.Rejected),
        $"Maximum number of calls ({limit}) has been exceeded. Please check for proxy loops. "
        + "The entries of Via are the calls; maxCallDepth is the limit.");

    /// <summary>Nothing was done for the request: it is safe to send it again.</summary>
    public static FaultReport TooManyRequests(int limit) => new(
        new Fault(FaultStage.Admit, FaultParty.Node, FaultCause.Overloaded, IsRetryable: true),
        $"This server has as many requests in flight as maxConcurrentRequests allows: {limit}.");

    public static FaultReport BadMaxForwards { get; } = new(
        new Fault(FaultStage.Admit, FaultParty.Client, FaultCause.Rejected),
        "Invalid value for Max-Forwards header: it must be a whole number, 0 or more.");

    public static FaultReport NoTimeLeft { get; } = new(
        new Fault(FaultStage.Admit, FaultParty.Node, FaultCause.TimedOut),
        "The time of this request was over before it could be sent: "
        + "its caller left it none (l5d-remaining-ms), or totalTimeoutMs or timeoutMs passed.");
}
