namespace Mesh.Routing.Accrual;

/// <summary>What became of a request that was sent to an endpoint, as accrual and balancing see it.</summary>
public enum Outcome
{
    /// <summary>A response that the classifier calls good.</summary>
    Success,

    /// <summary>A response that the classifier calls bad, a timeout, a reset.</summary>
    Failure,

    /// <summary>No connection could be had: a failure for accrual, but its duration says nothing of the endpoint's latency.</summary>
    ConnectFailure,

    /// <summary>
    /// 429 or 503 with Retry-After: the endpoint works, and asks to be spared for a while. Others are preferred to it as long; its breaker
    /// does not move.
    /// </summary>
    Pushback,

    /// <summary>The client went away, or the request was never sent: says nothing of the endpoint.</summary>
    Ignored,
}
