namespace Mesh.Routing.Accrual;

/// <summary>When an endpoint counts as dead, and how long it rests then (Linkerd: <c>failureAccrual</c>).</summary>
public abstract record AccrualConfig
{
    private AccrualConfig() { }

    /// <summary>Five failures in a row, equal jitter 5 s to 300 s: Linkerd 1's default.</summary>
    public static AccrualConfig Default { get; } = new ConsecutiveFailures();

    /// <summary>No endpoint ever counts as dead (Linkerd: <c>kind: none</c>).</summary>
    public sealed record None : AccrualConfig;

    /// <summary>Dead after so many failures in a row (Linkerd: <c>kind: io.l5d.consecutiveFailures</c>).</summary>
    public sealed record ConsecutiveFailures : AccrualConfig
    {
        public const int DefaultFailures = 5;

        /// <summary>Failures in a row that kill; 1 or more. Lower reacts faster and also to noise.</summary>
        public int Failures { get; init; } = DefaultFailures;

        /// <summary>Rests between probes of a dead endpoint.</summary>
        public BackoffConfig Backoff { get; init; } = BackoffConfig.Default;
    }

    /// <summary>Failures in a row that kill; <see cref="int.MaxValue"/> when nothing does.</summary>
    internal int Threshold => this is ConsecutiveFailures accrual ? Math.Max(1, accrual.Failures) : int.MaxValue;

    internal BackoffConfig Rest => this is ConsecutiveFailures accrual ? accrual.Backoff : BackoffConfig.Default;
}
