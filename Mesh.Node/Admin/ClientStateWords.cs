using System.Globalization;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;

namespace Mesh.Node.Admin;

/// <summary>How a client is treated, in the words of configs and of people.</summary>
internal static class ClientStateWords
{
    /// <summary>As <c>loadBalancer.kind</c> has it.</summary>
    public static string Of(BalancerKind kind) => kind switch
    {
        BalancerKind.PeakEwma => "ewma",
        BalancerKind.LeastLoaded => "p2c",
        BalancerKind.RoundRobin => "roundRobin",
        BalancerKind.Aperture => "aperture",
        BalancerKind.Heap => "heap",
        BalancerKind.RingHash => "ringHash",
        BalancerKind.Maglev => "maglev",
        _ => kind.ToString(),
    };

    /// <summary>What kills, and how long the dead rest.</summary>
    public static string Of(AccrualConfig accrual) => accrual switch
    {
        AccrualConfig.None => "none",
        AccrualConfig.ConsecutiveFailures rule => Invariant($"{rule.Failures} failures in a row") + Rests(rule),
        AccrualConfig.SuccessRate rule => Invariant($"success rate below {rule.Rate} over {rule.Requests} requests") + Rests(rule),
        AccrualConfig.SuccessRateWindowed rule =>
            Invariant($"success rate below {rule.Rate} over {rule.Window.TotalSeconds} s and 5 requests or more") + Rests(rule),
        _ => accrual.ToString(),
    };

    public static string Of(EndpointMove move) => move switch
    {
        EndpointMove.Died => "died",
        EndpointMove.Revived => "revived",
        EndpointMove.ProbeFailed => "probe failed",
        EndpointMove.ProbeReleased => "probe released",
        EndpointMove.Sickened => "sickened",
        EndpointMove.Recovered => "recovered",
        _ => move.ToString(),
    };

    private static string Rests(AccrualConfig accrual) => accrual.Backoff switch
    {
        BackoffConfig.Constant rest => Invariant($"; rests {rest.Rest.TotalSeconds} s"),
        BackoffConfig.Jittered rest => Invariant($"; rests {rest.Minimum.TotalSeconds} s to {rest.Maximum.TotalSeconds} s, decorrelated jitter"),
        BackoffConfig.EqualJittered rest => Invariant($"; rests {rest.Minimum.TotalSeconds} s to {rest.Maximum.TotalSeconds} s, equal jitter"),
        _ => "",
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
