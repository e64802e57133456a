namespace Mesh.Actors.Membership.Detection;

/// <summary>
/// How unlikely it is that a peer which was silent for so long is still alive, from the intervals of its own heartbeats: the phi accrual failure
/// detector (Hayashibara, Défago, Yared, Katayama 2004), with Akka's logistic approximation of the normal distribution.
/// </summary>
/// <remarks>
/// <c>phi(t) = -log10(P(interval > t))</c> with mean + acceptable pause. One thread; no clock of its own. The window counts
/// the newest 200 intervals: three minutes of a core peer.
/// </remarks>
internal sealed class PhiAccrual
{
    /// <summary>Intervals remembered.</summary>
    internal const int MaxSamples = 200;

    private readonly double _threshold;
    private readonly double _deviations;
    private readonly double _pauseMs;
    private readonly double _minDeviationMs;
    private readonly List<float> _intervalsMs = [];
    private int _oldest;
    private double _sum;
    private double _sumOfSquares;
    private bool _skipNext;

    /// <param name="settings">Threshold, pause, least deviation.</param>
    /// <param name="firstInterval">What to expect before anything was measured: two samples, a quarter to both sides of it.</param>
    /// <param name="now">Counts as the first heartbeat.</param>
    public PhiAccrual(DetectorSettings settings, TimeSpan firstInterval, TimeSpan now)
    {
        _threshold = settings.Threshold;
        _deviations = DeviationsFor(settings.Threshold);
        _pauseMs = settings.AcceptablePause.TotalMilliseconds;
        _minDeviationMs = settings.MinDeviation.TotalMilliseconds;
        Sample(firstInterval.TotalMilliseconds * 0.75);
        Sample(firstInterval.TotalMilliseconds * 1.25);
        LastHeartbeat = now;
    }

    public TimeSpan LastHeartbeat { get; private set; }

    /// <summary>Silence after which phi reaches the threshold.</summary>
    public TimeSpan Timeout => TimeSpan.FromMilliseconds(Mean + _pauseMs + _deviations * Deviation);

    private double Mean => _sum / _intervalsMs.Count;

    private double Deviation =>
        Math.Max(_minDeviationMs, Math.Sqrt(Math.Max(0, _sumOfSquares / _intervalsMs.Count - Mean * Mean)));

    /// <summary>
    /// A sign of life. The interval that ends a failure, a pause of ours or a first wait is not sampled: it says nothing of the peer's rhythm.
    /// </summary>
    public void Heartbeat(TimeSpan now)
    {
        TimeSpan interval = now - LastHeartbeat;
        if (!_skipNext && interval < Timeout) Sample(interval.TotalMilliseconds);
        _skipNext = false;
        LastHeartbeat = now;
    }

    /// <summary>Takes now for a heartbeat, because the silence before was ours or was explained otherwise. The rhythm known so far stays.</summary>
    public void Restart(TimeSpan now)
    {
        LastHeartbeat = now;
        _skipNext = true;
    }

    /// <summary>0 and up; infinite after very long silence.</summary>
    public double Phi(TimeSpan now)
    {
        double y = ((now - LastHeartbeat).TotalMilliseconds - Mean - _pauseMs) / Deviation;
        double logit = Logit(y);
        // log10(1 + e^logit), the way round that does not overflow.
        return Math.Max(0, logit) / Math.Log(10) + Math.Log10(1 + Math.Exp(-Math.Abs(logit)));
    }

    public override string ToString() => $"{Mean:f0} ms +- {Deviation:f0} ms, {_threshold} at {Timeout.TotalSeconds:f1} s";

    /// <summary>The approximation: P(x > y deviations) = 1 / (1 + exp(Logit(y))).</summary>
    private static double Logit(double y) => y * (1.5976 + 0.070566 * y * y);

    /// <summary>The inverse: at how many deviations phi reaches that. The function rises, so halving finds it.</summary>
    private static double DeviationsFor(double phi)
    {
        double wanted = phi * Math.Log(10) + Math.Log(1 - Math.Pow(10, -phi));
        double low = 0, high = 64;
        for (int step = 0; step < 60; step++)
        {
            double middle = (low + high) / 2;
            if (Logit(middle) < wanted) low = middle;
            else high = middle;
        }

        return high;
    }

    private void Sample(double ms)
    {
        float sample = (float)ms;
        if (_intervalsMs.Count < MaxSamples)
        {
            _intervalsMs.Add(sample);
        }
        else
        {
            float old = _intervalsMs[_oldest];
            _sum -= old;
            _sumOfSquares -= (double)old * old;
            _intervalsMs[_oldest] = sample;
            _oldest = (_oldest + 1) % MaxSamples;
        }

        _sum += sample;
        _sumOfSquares += (double)sample * sample;
    }
}
