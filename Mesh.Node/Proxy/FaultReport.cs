using Mesh.Wire.Faults;

namespace Mesh.Node.Proxy;

/// <summary>A fault with its words: what happened where, for the operator who reads <c>l5d-err</c>. Default: all is well.</summary>
/// <param name="Fault">What happened.</param>
/// <param name="Text">The words.</param>
internal readonly record struct FaultReport(Fault Fault, string Text)
{
    public bool IsNone => Fault.IsNone;

    /// <summary>Seconds after which another try makes sense (Retry-After); null: nothing is said.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>The status to answer with where the fault alone does not say it: a drill's; null: the fault's.</summary>
    public int? Status { get; init; }

    /// <summary>The gRPC status to answer a call with where the fault alone does not say it: what a reset stands for; null: the fault's.</summary>
    public int? GrpcCode { get; init; }

    /// <summary>Nobody before this node should try the request again (<c>l5d-retries-spent</c>).</summary>
    public bool IsSpent { get; init; }
}
