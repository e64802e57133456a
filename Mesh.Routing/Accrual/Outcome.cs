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

    /// <summary>The client went away, or the request was never sent: says nothing of the endpoint.</summary>
    Ignored,
}
