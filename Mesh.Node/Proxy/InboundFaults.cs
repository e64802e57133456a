using Mesh.Node.Telemetry;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;

namespace Mesh.Node.Proxy;

/// <summary>Why the inbound side gives a request to nobody, in words for the operator of the node that sent it.</summary>
internal static class InboundFaults
{
    public static FaultReport Loop { get; } = new(
        new Fault(FaultStage.Admit, FaultParty.Client, FaultCause.Rejected),
        "This request has passed an inbound side already (mesh-hops): the app of its instance is an inbound port itself. "
        + "Register the port that the app listens on.");

    /// <summary>The app would not be told what it expects, and take the client's bytes for it.</summary>
    public static FaultReport Introduction { get; } = new(
        new Fault(FaultStage.Admit, FaultParty.Client, FaultCause.Rejected),
        "This request for a connection has a header mesh-proxy that tells no client: its node speaks another version of Mesh. "
        + "Upgrade the older one.");

    /// <summary>Hot path of the inbound side.</summary>
    public static bool HasPassedInbound(RequestHead head) => head.Has(KnownField.Mesh) && head.TryGetField("mesh-hops"u8, out _);

    /// <summary>
    /// A fault in the inbound side's own words, where it has some. An instance that is not here got nothing of the request: whoever sent it may try
    /// another one.
    /// </summary>
    /// <param name="report">What the router says.</param>
    /// <param name="instance">Who was meant.</param>
    /// <param name="refusal">What is counted; null where the app was reached, or should have been.</param>
    public static FaultReport Explain(in FaultReport report, string instance, out InboundRefusal? refusal)
    {
        Fault fault = report.Fault;
        bool isUnhosted = fault is { Stage: FaultStage.Bind or FaultStage.Pick, Cause: FaultCause.Unbound or FaultCause.NoAddress };
        refusal = isUnhosted ? InboundRefusal.Unhosted
            : fault.Stage == FaultStage.Identify ? InboundRefusal.Unnamed
            : fault == Loop.Fault && report.Text == Loop.Text ? InboundRefusal.Loop
            : null;
        if (!isUnhosted) return report;
        return new FaultReport(
            fault with { IsRetryable = true },
            $"This node hosts no instance {instance}, or not any more; nothing was done. "
            + "Who sent it here has an older view of the services than this node, or wrote the address of another one.");
    }
}
