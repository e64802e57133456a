using Mesh.Routing.Accrual;

namespace Mesh.Node.Proxy.Retries;

/// <summary>How requests of a service name are tried again; part of <see cref="ServiceSettings"/>.</summary>
/// <param name="MaxRetries">Of one request.</param>
/// <param name="Backoff">Pauses before retries; null: none.</param>
/// <param name="MaxBufferBytes">The largest request body that is kept for another attempt.</param>
/// <param name="HedgeDelayNs">
/// After this long without a response head a second endpoint is asked too, nanoseconds; <see cref="Wire.Loops.LoopTimer.Never"/>: none is.
/// </param>
internal sealed record RetrySettings(int MaxRetries, BackoffConfig? Backoff, int MaxBufferBytes, long HedgeDelayNs)
{
    /// <summary>How much of a gRPC call's response waits for its status, bytes.</summary>
    public int MaxResponseBufferBytes { get; init; }

    /// <summary>How long it waits, nanoseconds; 0: not at all.</summary>
    public long ClassificationNs { get; init; }
}
