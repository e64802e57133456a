using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of each failure accrual.</summary>
internal static class AccrualKeys
{
    public static readonly IntKey Failures = new(
        "failures", FailureAccrualConfig.DefaultFailures, 1, 1_000_000, "failures", "Failures in a row that take an endpoint out.");

    public static readonly KindKey<BackoffConfig> Backoff = new("backoff", BackoffKinds.Table,
        "Pauses between probes; equal jitter from 5 s to 300 s where none is written.");

    public static readonly Section<FailureAccrualConfig?> ConsecutiveFailures = new(
        "failure accrual `io.l5d.consecutiveFailures`",
        "Takes an endpoint out after failures in a row, and tries it again by one probe at a time.",
        [Failures, Backoff, SharedKeys.Experimental],
        static view => new FailureAccrualConfig(view.Get(Failures), view.Find(Backoff) is null ? BackoffConfig.Default : view.Get(Backoff)));

    public static readonly Section<FailureAccrualConfig?> None = new(
        "failure accrual `none`", "Never takes an endpoint out.", [SharedKeys.Experimental], static _ => null);
}

/// <summary>The kinds of <c>failureAccrual</c>.</summary>
internal static class AccrualKinds
{
    public static readonly KindTable Table = new(
        "a failure accrual",
        "kind",
        "io.l5d.consecutiveFailures",
        [
            new Kind<FailureAccrualConfig?>("io.l5d.consecutiveFailures", "Failures in a row.", AccrualKeys.ConsecutiveFailures),
            new Kind<FailureAccrualConfig?>("none", "Never.", AccrualKeys.None),
            Kind.NotSupported("io.l5d.successRate", "a rate over requests"),
            Kind.NotSupported("io.l5d.successRateWindowed", "a rate over time"),
        ]);
}
