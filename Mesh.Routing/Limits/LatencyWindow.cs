namespace Mesh.Routing.Limits;

/// <summary>What came back in a stretch of time: latencies as logarithms, failures, and the most that were out at once.</summary>
/// <remarks>
/// Logarithms, so that one slow request in a hundred weighs as one and not as a hundred, and so that the error of the mean is relative. Hot path:
/// one logarithm and some additions a request.
/// </remarks>
internal struct LatencyWindow(long startNs)
{
    private double _sum;
    private double _sumOfSquares;
    private double _sumNs;

    public long StartNs { get; } = startNs;

    /// <summary>Good responses.</summary>
    public int Samples { get; private set; }

    public int Failures { get; private set; }

    /// <summary>The most requests that were out when one came back.</summary>
    public int MostInFlight { get; private set; }

    public readonly int Count => Samples + Failures;

    /// <summary>The mean of the logarithms of nanoseconds.</summary>
    public readonly double Mean => _sum / Samples;

    /// <summary>The plain mean, nanoseconds.</summary>
    public readonly double MeanNs => _sumNs / Samples;

    /// <summary>The share of failures, 0 to 1.</summary>
    public readonly double FailureShare => Failures / (double)Math.Max(1, Count);

    public void AddSample(long latencyNs, int inFlight)
    {
        double log = Math.Log(Math.Max(1, latencyNs));
        _sum += log;
        _sumOfSquares += log * log;
        _sumNs += Math.Max(1, latencyNs);
        Samples++;
        MostInFlight = Math.Max(MostInFlight, inFlight);
    }

    public void AddFailure(int inFlight)
    {
        Failures++;
        MostInFlight = Math.Max(MostInFlight, inFlight);
    }

    /// <summary>Whether the standard error of <see cref="Mean"/> is at most so much.</summary>
    public readonly bool IsKnownWithin(double error)
    {
        double variance = Math.Max(0, _sumOfSquares / Samples - Mean * Mean);
        return variance <= error * error * Samples;
    }
}
