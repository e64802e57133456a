namespace Mesh.Routing.Accrual;

/// <summary>When an endpoint counts as dead, and how long it rests then (Linkerd: <c>failureAccrual</c>). Compared by value.</summary>
public abstract record AccrualConfig
{
    private AccrualConfig(bool isByRate = false) => IsByRate = isByRate;

    /// <summary>Five failures in a row, equal jitter 5 s to 300 s: Linkerd 1's default.</summary>
    public static AccrualConfig Default { get; } = new ConsecutiveFailures();

    /// <summary>Rests between probes of a dead endpoint.</summary>
    public BackoffConfig Backoff { get; init; } = BackoffConfig.Default;

    /// <summary>
    /// The largest share of a destination's endpoints that may be dead at once, 0 to 1; one endpoint may always be. Beyond it failures kill nobody.
    /// 1, the default: no such limit, as in Linkerd.
    /// </summary>
    public double MaxEjectedShare { get; init; } = 1;

    /// <summary>
    /// Refused or timed-out connections in a row that kill under any rule, 1 or more; null, the default: as many as the rule says of failures, and
    /// five under rules by rate, which else would let every request of the first window run into an address where nothing listens. 1 is
    /// Linkerd's <c>failFast</c>.
    /// </summary>
    public int? Refusals { get; init; }

    /// <summary>No endpoint ever counts as dead (Linkerd: <c>kind: none</c>).</summary>
    public sealed record None : AccrualConfig;

    /// <summary>Dead after so many failures in a row (Linkerd: <c>kind: io.l5d.consecutiveFailures</c>).</summary>
    public sealed record ConsecutiveFailures : AccrualConfig
    {
        public const int DefaultFailures = 5;

        /// <summary>Failures in a row that kill; 1 or more. Lower reacts faster and also to noise.</summary>
        public int Failures { get; init; } = DefaultFailures;
    }

    /// <summary>
    /// Dead when the moving average of success over requests, with a time constant of <paramref name="Requests"/> requests, is below
    /// <paramref name="Rate"/> (Linkerd: <c>kind: io.l5d.successRate</c>). Nothing is judged before as many requests of this life.
    /// </summary>
    /// <param name="Rate">0 to 1.</param>
    /// <param name="Requests">1 or more.</param>
    public sealed record SuccessRate(double Rate, int Requests) : AccrualConfig(isByRate: true);

    /// <summary>
    /// The same with a time constant of <paramref name="Window"/> (Linkerd: <c>kind: io.l5d.successRateWindowed</c>). Nothing is judged before a
    /// window of this life has passed, nor on fewer than five requests in the last window.
    /// </summary>
    /// <param name="Rate">0 to 1.</param>
    /// <param name="Window">One second or more.</param>
    public sealed record SuccessRateWindowed(double Rate, TimeSpan Window) : AccrualConfig(isByRate: true);

    /// <summary>Whether a moving average of success is what judges.</summary>
    internal bool IsByRate { get; }

    /// <summary>Whether nothing kills.</summary>
    internal bool SparesAll => !IsByRate && Threshold == int.MaxValue && RefusalThreshold == int.MaxValue;

    /// <summary>Failures in a row that kill; <see cref="int.MaxValue"/> when they never do.</summary>
    internal int Threshold => this is ConsecutiveFailures accrual ? Math.Max(1, accrual.Failures) : int.MaxValue;

    /// <summary>Failures in a row of which the last is a connect failure that kill; <see cref="int.MaxValue"/> when none do.</summary>
    internal int RefusalThreshold => Refusals ?? (IsByRate ? ConsecutiveFailures.DefaultFailures : Threshold);
}
