using Mesh.Node.Config.Schema;
using Mesh.Routing.Accrual;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of each failure accrual.</summary>
internal static class AccrualKeys
{
    public static readonly IntKey Failures = new(
        "failures", AccrualConfig.ConsecutiveFailures.DefaultFailures, 1, 1_000_000, "failures", "Failures in a row that take an endpoint out.");

    public static readonly DecimalKey SuccessRate = new(
        "successRate", 1, 0, 1, "", "the share of successes below which an endpoint is taken out")
    {
        Required = true,
    };

    public static readonly IntKey Requests = new(
        "requests", 1, 1, 1_000_000, "requests", "over how many requests the rate is averaged; nothing is judged before as many")
    {
        Required = true,
    };

    public static readonly IntKey Window = new(
        "window", 1, 1, SharedKeys.MaxMs / 1000, "s",
        "over how long the rate is averaged; nothing is judged before as long, nor on fewer than five requests in it")
    {
        Required = true,
    };

    public static readonly DecimalKey MaxEjectedShare = new(
        "maxEjectedShare", 1, 0, 1, "",
        "The largest share of a destination's endpoints that may be out at once; one always may. 1: no such limit; Mesh's own key.");

    public static readonly KindKey<BackoffConfig> Backoff = new("backoff", BackoffKinds.Table,
        "Pauses between probes; equal jitter from 5 s to 300 s where none is written.");

    public static readonly Section<AccrualConfig> ConsecutiveFailures = new(
        "failure accrual `io.l5d.consecutiveFailures`",
        "Takes an endpoint out after failures in a row, and tries it again by one probe at a time.",
        [Failures, MaxEjectedShare, Backoff, SharedKeys.Experimental],
        static view => Shared(view, new AccrualConfig.ConsecutiveFailures { Failures = view.Get(Failures) }));

    public static readonly Section<AccrualConfig> RateOverRequests = new(
        "failure accrual `io.l5d.successRate`",
        "Takes an endpoint out when the moving average of its success over requests is too low.",
        [SuccessRate, Requests, MaxEjectedShare, Backoff, SharedKeys.Experimental],
        static view => Shared(view, new AccrualConfig.SuccessRate(view.Get(SuccessRate), view.Get(Requests))));

    public static readonly Section<AccrualConfig> RateOverTime = new(
        "failure accrual `io.l5d.successRateWindowed`",
        "Takes an endpoint out when the moving average of its success over time is too low.",
        [SuccessRate, Window, MaxEjectedShare, Backoff, SharedKeys.Experimental],
        static view => Shared(view, new AccrualConfig.SuccessRateWindowed(view.Get(SuccessRate), TimeSpan.FromSeconds(view.Get(Window)))));

    public static readonly Section<AccrualConfig> None = new(
        "failure accrual `none`",
        "Never takes an endpoint out.",
        [new InertKey("backoff", "Pauses between probes.", "nothing is taken out, so that nothing is probed"), SharedKeys.Experimental],
        static _ => new AccrualConfig.None());

    private static AccrualConfig Shared(SectionView view, AccrualConfig accrual) => accrual with
    {
        Backoff = view.GetOr(Backoff, BackoffConfig.Default),
        MaxEjectedShare = view.Get(MaxEjectedShare),
    };
}

/// <summary>The kinds of <c>failureAccrual</c>.</summary>
internal static class AccrualKinds
{
    public static readonly KindTable Table = new(
        "a failure accrual",
        "kind",
        "io.l5d.consecutiveFailures",
        [
            new Kind<AccrualConfig>("io.l5d.consecutiveFailures", "Failures in a row.", AccrualKeys.ConsecutiveFailures),
            new Kind<AccrualConfig>("io.l5d.successRate", "A rate over requests.", AccrualKeys.RateOverRequests),
            new Kind<AccrualConfig>("io.l5d.successRateWindowed", "A rate over time.", AccrualKeys.RateOverTime),
            new Kind<AccrualConfig>("none", "Never.", AccrualKeys.None),
        ]);
}
