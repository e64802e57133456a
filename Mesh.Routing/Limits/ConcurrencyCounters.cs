namespace Mesh.Routing.Limits;

/// <summary>Counts since the limit was made; read by metrics at any time.</summary>
/// <remarks>Any thread. Only requests that had to wait are counted here, so plain interlocked fields do.</remarks>
public sealed class ConcurrencyCounters
{
    private long _admittedAfterWait;
    private long _queueFull;
    private long _tooLate;
    private long _timedOut;
    private long _givenUp;

    /// <summary>Requests that waited and got a place.</summary>
    public long AdmittedAfterWait => Volatile.Read(ref _admittedAfterWait);

    /// <summary>Requests refused since the queue was full.</summary>
    public long QueueFull => Volatile.Read(ref _queueFull);

    /// <summary>Requests refused since they would have been served too late.</summary>
    public long TooLate => Volatile.Read(ref _tooLate);

    /// <summary>Requests whose deadline passed in the queue.</summary>
    public long TimedOut => Volatile.Read(ref _timedOut);

    /// <summary>Requests whose client went away while they waited.</summary>
    public long GivenUp => Volatile.Read(ref _givenUp);

    internal void Count(Admission admission) => Interlocked.Increment(ref Of(admission));

    private ref long Of(Admission admission)
    {
        switch (admission)
        {
            case Admission.Admitted: return ref _admittedAfterWait;
            case Admission.QueueFull: return ref _queueFull;
            case Admission.TooLate: return ref _tooLate;
            case Admission.TimedOut: return ref _timedOut;
            default: return ref _givenUp;
        }
    }
}
