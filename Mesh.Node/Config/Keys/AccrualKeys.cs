using Mesh.Node.Config.Schema;
using Mesh.Routing.Accrual;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of each failure accrual.</summary>
internal static class AccrualKeys
{
    public static readonly IntKey Failures = new(
        "failures", AccrualConfig.ConsecutiveFailures.DefaultFailures, 1, 1_000_000, "failures", "Failures in a row that take an endpoint out.");

    public static readonly KindKey<BackoffConfig> Backoff = new("backoff", BackoffKinds.Table,
        "Pauses between probes; equal jitter from 5 s to 300 s where none is written.");

    public static readonly Section<AccrualConfig> ConsecutiveFailures = new(
        "failure accrual `io.l5d.consecutiveFailures`",
        "Takes an endpoint out after failures in a row, and tries it again by one probe at a time.",
        [Failures, Backoff, SharedKeys.Experimental],
        static view => new AccrualConfig.ConsecutiveFailures { Failures = view.Get(Failures), Backoff = view.GetOr(Backoff, BackoffConfig.Default) });

    public static readonly Section<AccrualConfig> None = new(
        "failure accrual `none`", "Never takes an endpoint out.", [SharedKeys.Experimental], static _ => new AccrualConfig.None());
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
            new Kind<AccrualConfig>("none", "Never.", AccrualKeys.None),
            Kind.NotSupported("io.l5d.successRate", "a rate over requests"),
            Kind.NotSupported("io.l5d.successRateWindowed", "a rate over time"),
        ]);
}
