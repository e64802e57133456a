namespace Mesh.Wire.Loops;

/// <summary>
/// How late a loop serves: the time that one turn takes is the most that a socket which became ready during it has waited. Written by
/// the loop, read by metrics and by self-health.
/// </summary>
public sealed class LoopStatistics
{
    private long _turns;
    private long _busyNs;
    private long _longestNs;
    private long _began;

    /// <summary>Turns of the loop so far.</summary>
    public long Turns => Volatile.Read(ref _turns);

    /// <summary>Nanoseconds spent outside waiting.</summary>
    public long BusyNs => Volatile.Read(ref _busyNs);

    /// <summary>Called once per turn with its length in nanoseconds, on the loop.</summary>
    public Action<long>? OnTurn { get; set; }

    /// <summary>The longest turn since the last call: the loop's lag, nanoseconds. Includes a turn that is still running.</summary>
    public long TakeLongestNs(long nowNs)
    {
        long began = Volatile.Read(ref _began);
        return Math.Max(Interlocked.Exchange(ref _longestNs, 0), began == 0 ? 0 : nowNs - began);
    }

    internal void TurnBegins(long nowNs) => Volatile.Write(ref _began, nowNs);

    internal void TurnEnds(long nowNs)
    {
        if (_began == 0) return;
        long length = nowNs - _began;
        Volatile.Write(ref _began, 0);
        Volatile.Write(ref _turns, _turns + 1);
        Volatile.Write(ref _busyNs, _busyNs + length);
        if (length > Volatile.Read(ref _longestNs)) Volatile.Write(ref _longestNs, length);
        OnTurn?.Invoke(length);
    }
}
