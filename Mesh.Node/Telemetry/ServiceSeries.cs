using Mesh.Node.Config;
using Mesh.Node.Proxy.Grpc;
using Mesh.Routing.Retries;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Loops;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>What may happen to a request of a service name beside its outcome.</summary>
internal enum ServiceEvent
{
    /// <summary>A failed request was sent again.</summary>
    Retry,

    /// <summary>A retry, or a second attempt beside a slow one, that the budget did not pay for.</summary>
    RetryBudgetExhausted,

    /// <summary>A request that failed after as many retries as one may have.</summary>
    RetryLimit,

    /// <summary>A retry that would have been allowed, but the request's body was gone, or too large to keep.</summary>
    BodyNotKept,

    /// <summary>A response that was held for its gRPC status grew longer than is held, and was passed on.</summary>
    ResponseTooLong,

    /// <summary>The same because its status did not come in time.</summary>
    ClassificationTimeout,

    /// <summary>A request that waited long was sent to a second endpoint as well.</summary>
    Hedge,

    /// <summary>The second endpoint's response served.</summary>
    HedgeWin,

    /// <summary>A drill made it wait.</summary>
    InjectedDelay,

    /// <summary>A drill answered it.</summary>
    InjectedAbort,

    /// <summary>A policy sent its client elsewhere.</summary>
    Redirect,

    /// <summary>A copy of it was sent elsewhere.</summary>
    Mirrored,

    /// <summary>As many copies as may be were on their way already.</summary>
    MirrorOverBudget,

    /// <summary>A copy was not made because the body is larger than is kept, or was not here when the response began.</summary>
    MirrorBodyNotKept,

    /// <summary>The copy's name led nowhere.</summary>
    MirrorUnrouted,
}

/// <summary>What a service name shows beside the outcome of its requests: retries. The series live as long as its others.</summary>
internal sealed class ServiceSeries(ServiceMetrics metrics, Func<RetryBudget?> budget)
{
    private const string InjectedHelp = "Requests that a drill delayed or aborted.";
    private const string NotHeldHelp = "Responses that were passed on before it was known whether to try again.";
    private const string MirrorsHelp = "Copies of requests that a policy asked for.";

    private static readonly EventFamily[] s_families =
    [
        new(DataPlaneMetricNames.Retries, "Failed requests that were sent again."),
        new(DataPlaneMetricNames.RetryBudgetExhausted, "Retries and hedges that the budget did not pay for."),
        new(DataPlaneMetricNames.RetryLimits, "Requests that failed after as many retries as one may have."),
        new(DataPlaneMetricNames.BodiesNotKept, "Retries that were not made because the request's body was gone or too large to keep."),
        new(DataPlaneMetricNames.ResponsesNotHeld, NotHeldHelp, RoutingMetricLabels.Reason, "too_long"),
        new(DataPlaneMetricNames.ResponsesNotHeld, NotHeldHelp, RoutingMetricLabels.Reason, "timed_out"),
        new(DataPlaneMetricNames.Hedges, "Slow requests that were sent to a second endpoint as well."),
        new(DataPlaneMetricNames.HedgeWins, "Hedged requests that the second endpoint served."),
        new(DataPlaneMetricNames.Injected, InjectedHelp, DataPlaneMetricLabels.Kind, "delay"),
        new(DataPlaneMetricNames.Injected, InjectedHelp, DataPlaneMetricLabels.Kind, "abort"),
        new(DataPlaneMetricNames.Redirects, "Requests whose client a policy sent elsewhere."),
        new(DataPlaneMetricNames.Mirrors, MirrorsHelp, DataPlaneMetricLabels.Kind, "sent"),
        new(DataPlaneMetricNames.Mirrors, MirrorsHelp, DataPlaneMetricLabels.Kind, "over_budget"),
        new(DataPlaneMetricNames.Mirrors, MirrorsHelp, DataPlaneMetricLabels.Kind, "body_not_kept"),
        new(DataPlaneMetricNames.Mirrors, MirrorsHelp, DataPlaneMetricLabels.Kind, "unrouted"),
    ];

    private readonly EventCounters _events = new(metrics.Scope, metrics.Labels, s_families);
    private static readonly EventFamily[] s_grpc =
    [
        .. Enumerable.Range(0, GrpcClassifier.MaxCode + 1).Select(static code => new EventFamily(
            DataPlaneMetricNames.GrpcCalls, "gRPC calls by the status that they ended with.",
            DataPlaneMetricLabels.GrpcStatus, GrpcStatus.Name(code))),
    ];

    private EventCounters? _grpcCalls;
    private Histogram? _retries;
    private int _showsBudget;

    /// <param name="stripe">The calling loop's stripe.</param>
    /// <param name="what">To add one to.</param>
    public void Count(int stripe, ServiceEvent what)
    {
        _events.Count(stripe, (int)what);
        if (what >= ServiceEvent.InjectedDelay) return;
        if (Volatile.Read(ref _showsBudget) == 0 && Interlocked.Exchange(ref _showsBudget, 1) == 0) ShowBudget();
    }

    /// <summary>A request that might have been tried again has ended. Two threads may find the series for themselves; it is the same.</summary>
    /// <param name="stripe">The calling loop's stripe.</param>
    /// <param name="retries">How often it was.</param>
    public void CountRetries(int stripe, int retries) => (_retries ?? ShowRetries())?.Record(stripe, retries);

    /// <summary>A gRPC call has ended. Two threads may make two sets; the counters are the same.</summary>
    /// <param name="stripe">The calling loop's stripe.</param>
    /// <param name="code">Its status.</param>
    public void CountGrpc(int stripe, int code) =>
        (_grpcCalls ??= new EventCounters(metrics.Scope, metrics.Labels, s_grpc)).Count(stripe, code);

    private Histogram? ShowRetries()
    {
        try
        {
            const string help = "Retries of requests that the classifier lets be made again.";
            return _retries = metrics.Scope.Histogram(DataPlaneMetricNames.RetriesPerRequest, help, HistogramUnit.Count, metrics.Labels);
        }
        catch (ObjectDisposedException)
        {
            // The series went while a request was under way.
            return null;
        }
    }

    /// <summary>From the first retry on.</summary>
    private void ShowBudget()
    {
        try
        {
            const string help = "Retries that the budget would pay for now.";
            metrics.Scope.Gauge(DataPlaneMetricNames.RetryBudget, help, metrics.Labels, () => budget()?.Balance(EventLoop.NowNs) ?? 0);
        }
        catch (ObjectDisposedException)
        {
            // The series went while a request was under way.
        }
    }
}
