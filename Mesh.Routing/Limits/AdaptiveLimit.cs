using Mesh.Routing.Accrual;

namespace Mesh.Routing.Limits;

/// <summary>
/// How many requests a destination bears, found from how long they take: as many as it answers without letting them queue for long.
/// </summary>
/// <remarks>
/// <para>
/// Think of a shop whose tills nobody has counted. More customers at once means more served, until all tills are busy; from then on it only means
/// that each waits longer. So the limit rises while the latency stays near the <i>base</i>, what a request takes when it does not wait, and falls as
/// the latency exceeds it: limit x base x tolerance / latency + a share of the limit's root (Netflix's gradient). The root is the room to grow, and
/// what makes nodes that share a backend end with like limits. It moves only while it is reached: an unused limit has proved nothing.
/// </para>
/// <para>
/// The complication is to know the base while the shop is never empty. A long-term average takes the queue for the base under lasting overload and
/// creeps (Gradient2); dropping the limit to 3 to look (Envoy) refuses nearly everybody meanwhile. Here the limit is <i>halved</i> for a few
/// latencies, and what the latency does then is evidence whatever its height: a queue of ours shrinks with it, a service time does not. If it fell,
/// there was a queue, and what is seen now is nearer to the base; if not, what is seen is the base, higher or lower than thought, and the limit
/// returns. That is done every 10 s while the limit is reached, and soon when the latency has doubled, where halving is right anyway.
/// </para>
/// <para>
/// Nodes that share a backend look at the same time, by the wall clock: one node's half alone would hardly move a queue that ten fill, and each would
/// learn the others' queue as the base. For clocks that differ, what regular looks add to the base is bounded (<see cref="MostCreep"/>, and a
/// tenth a look) until an alarm, which the nodes feel together, or a stretch in which the limit is not reached, confirms it.
/// </para>
/// <para>
/// Failures and requests to be spared lower the limit by their share, at most to <see cref="LeftByFailures"/> of it a window.
/// </para>
/// Not thread-safe: <see cref="ConcurrencyLimit"/> lets one in. Pure: the caller tells the time.
/// </remarks>
internal sealed class AdaptiveLimit
{
    /// <summary>Latency over base up to which the limit does not shrink: noise and a short queue that keeps the backend busy.</summary>
    public const double Tolerance = 1.3;

    /// <summary>Latency over base at which the limit is halved to look whether that helps.</summary>
    public const double Alarm = 2;

    /// <summary>What a window of nothing but failures leaves of the limit.</summary>
    public const double LeftByFailures = 0.7;

    /// <summary>The shortest window, nanoseconds; each lasts until the mean is known within a tenth, or <see cref="LongWindowNs"/>.</summary>
    public const long WindowNs = 100_000_000;

    /// <summary>A window that has samples enough ends then, however they scatter, nanoseconds.</summary>
    public const long LongWindowNs = 1_000_000_000;

    /// <summary>
    /// Between two looks at the base while the limit is reached, nanoseconds; doubled until it is <see cref="LookEveryLatencies"/> or more.
    /// </summary>
    public const long LookEveryNs = 10_000_000_000;

    /// <summary>A look lasts some latencies, and may not cost more than some hundredths of the goodput.</summary>
    public const int LookEveryLatencies = 60;

    /// <summary>Looks by alarm begin at these turns of the wall clock, nanoseconds.</summary>
    public const long AlarmTurnNs = 500_000_000;

    /// <summary>Requests of a window, at least.</summary>
    public const int FewestSamples = 10;

    /// <summary>By how much looks may raise the base before something stronger confirms it: half as much again, as a logarithm.</summary>
    public const double MostCreep = 0.405;

    private const double Noise = 0.1;
    private const double FallOfQueues = 0.2;
    private const double RootWeight = 0.6;
    private const double GrowthShare = 0.1;
    private const double NearWeight = 0.15;
    private const double FarWeight = 0.5;
    private const double ForgettingNs = 5_000_000_000;
    private static readonly double LogTolerance = Math.Log(Tolerance);
    private static readonly double LogAlarm = Math.Log(Alarm);
    private readonly long _wallOffsetNs;
    private ConcurrencyConfig _config;
    private LatencyWindow _window;
    private double _limit;

    /// <summary>Logarithms of nanoseconds; not a number before the first window.</summary>
    private double _base = double.NaN, _confirmedBase, _mean = double.NaN;
    private double _meanNs;
    private Look _look;
    private bool _byAlarm;
    private bool _alarmed;
    private double _limitBefore;
    private double _meanBefore;
    private long _turn;

    /// <param name="config">Between what it moves.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    /// <param name="wallOffsetNs">What to add for the wall clock, so that nodes look together.</param>
    public AdaptiveLimit(ConcurrencyConfig config, long nowNs, long wallOffsetNs = 0)
    {
        _config = config;
        _wallOffsetNs = wallOffsetNs;
        _limit = _limitBefore = Within(config.InitialRequests);
        _window = new LatencyWindow(nowNs);
        _turn = Turn(nowNs);
    }

    private enum Look : byte
    {
        None,

        /// <summary>The limit was halved; requests that began before are still coming back.</summary>
        Settling,

        /// <summary>What comes back now began under half the limit.</summary>
        Measuring,
    }

    public int Limit => (int)_limit;

    /// <summary>What a request takes when it does not wait, as learnt, nanoseconds; 0 while unknown.</summary>
    public long BaseNs => double.IsNaN(_base) ? 0 : (long)Math.Exp(_base);

    /// <summary>Whether the limit is halved for a moment, to learn the base.</summary>
    public bool IsLooking => _look != Look.None;

    /// <summary>New bounds; what was learnt stays.</summary>
    public int Reconfigure(ConcurrencyConfig config)
    {
        _config = config;
        _limit = Within(_limit);
        return Limit;
    }

    /// <summary>A request ended.</summary>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    /// <param name="latencyNs">How long it took.</param>
    /// <param name="inFlight">Requests that were out with it.</param>
    /// <param name="outcome">What became of it; <see cref="Outcome.Ignored"/> teaches nothing.</param>
    /// <returns>The limit from now on.</returns>
    public int Observe(long nowNs, long latencyNs, int inFlight, Outcome outcome)
    {
        if (outcome == Outcome.Ignored) return Limit;
        if (outcome == Outcome.Success) _window.AddSample(latencyNs, inFlight);
        else _window.AddFailure(inFlight);
        if (IsWindowOver(nowNs)) Conclude(nowNs);
        else if (_look == Look.None && IsReached && !double.IsNaN(_mean) && Turn(nowNs) > _turn) BeginLook(nowNs, byAlarm: false);
        return Limit;
    }

    private bool IsReached => _window.MostInFlight >= Math.Min(_limit * 0.9, Limit - 1);

    private bool IsWindowOver(long nowNs)
    {
        long age = nowNs - _window.StartNs;
        if (_look == Look.Settling) return age >= Math.Max(WindowNs / 2, 2 * _meanNs);
        if (age < WindowNs || _window.Count < FewestSamples) return false;
        if (_window.Samples < FewestSamples) return age >= LongWindowNs || _window.Failures >= FewestSamples;
        return age >= 2 * _window.MeanNs && (age >= LongWindowNs || _window.IsKnownWithin(Noise));
    }

    private void Conclude(long nowNs)
    {
        LatencyWindow window = _window;
        bool known = window.Samples >= FewestSamples / 2;
        // The quick ones come back first: what the very first window shows is too good to be the base.
        bool isFirst = double.IsNaN(_mean);
        if (known && _look != Look.Settling)
        {
            _mean = window.Mean;
            _meanNs = window.MeanNs;
        }

        if (_look == Look.Settling) _look = Look.Measuring;
        else if (_look == Look.Measuring) Judge(known);
        else if (known && !isFirst) Learn(nowNs);
        _limit = Within(_limit * (1 - (1 - LeftByFailures) * window.FailureShare));
        _window = new LatencyWindow(nowNs);
    }

    private void Learn(long nowNs)
    {
        bool reached = IsReached;
        MoveBase(nowNs - _window.StartNs, reached);
        if (!reached) return;
        double excess = _mean - _base;
        bool alarmed = excess > LogAlarm;
        if (alarmed && _alarmed && AlarmTurn(nowNs) != AlarmTurn(_window.StartNs))
        {
            BeginLook(nowNs, byAlarm: true);
            return;
        }

        _alarmed = alarmed;
        double gradient = Math.Min(1, Tolerance * Math.Exp(-excess));
        double room = Math.Clamp(1 - excess / LogTolerance, 0, 1);
        _limit = Within(_limit * gradient + Math.Max(RootWeight * Math.Sqrt(_limit), GrowthShare * room * _limit));
    }

    /// <summary>
    /// The base follows what is below it; what is above it within the noise, and anything while the limit is not reached, since that is no queue of
    /// ours.
    /// </summary>
    private void MoveBase(double passedNs, bool reached)
    {
        double by = _mean - _base;
        if (double.IsNaN(by)) _base = _confirmedBase = _mean;
        else if (by < -3 * Noise) _base += FarWeight * by;
        else if (by < Noise) _base = Math.Min(_base + NearWeight * by, _confirmedBase + MostCreep);
        else if (!reached) _base += (1 - Math.Exp(-passedNs / ForgettingNs)) * by;
        _confirmedBase = reached ? Math.Min(_confirmedBase, _base) : _base;
    }

    private void BeginLook(long nowNs, bool byAlarm)
    {
        _turn = Turn(nowNs);
        _look = Look.Settling;
        _byAlarm = byAlarm;
        _alarmed = false;
        _limitBefore = _limit;
        _meanBefore = _mean;
        _limit = Within(_limit / 2);
        _window = new LatencyWindow(nowNs);
    }

    private void Judge(bool known)
    {
        _look = Look.None;
        _limit = Within(_limitBefore);
        if (!known)
        {
            if (_byAlarm) _limit = Within(_limitBefore / 2);
            return;
        }

        bool queued = _meanBefore - _mean >= FallOfQueues;
        if (_byAlarm && !queued)
        {
            _base = _confirmedBase = _mean;
            return;
        }

        if (!queued) _confirmedBase += Noise;
        _base = Math.Min(_base + FarWeight * Math.Clamp(_mean - _base, -1, FallOfQueues), _confirmedBase + MostCreep);
        _confirmedBase = Math.Min(_confirmedBase, _base);
        if (_byAlarm) _limit = Within(_limitBefore * Math.Clamp(Tolerance * Math.Exp(_base - _meanBefore), 0.5, 1));
    }

    private long Turn(long nowNs)
    {
        long every = LookEveryNs;
        while (every < LookEveryLatencies * _meanNs) every *= 2;
        return (nowNs + _wallOffsetNs) / every * (every / LookEveryNs);
    }

    private long AlarmTurn(long nowNs) => (nowNs + _wallOffsetNs) / AlarmTurnNs;

    private double Within(double limit)
    {
        int least = Math.Max(1, _config.MinRequests);
        return Math.Clamp(limit, least, Math.Max(least, _config.MaxRequests));
    }
}
