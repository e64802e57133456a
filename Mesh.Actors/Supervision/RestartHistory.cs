namespace Mesh.Actors.Supervision;

/// <summary>How often a child was restarted in the current window. Pure: the caller brings the time.</summary>
/// <param name="Count">Restarts granted since <paramref name="WindowStart"/>.</param>
/// <param name="WindowStart">When the window opened, on the system's monotonic clock; null before the first restart.</param>
internal readonly record struct RestartHistory(int Count, TimeSpan? WindowStart)
{
    /// <summary>
    /// Asks for one more restart. The window opens with a restart and, once it has passed, the next restart opens a new one (Akka's rule: a
    /// tumbling window, one counter, no list of times). Returns the history to keep when granted.
    /// </summary>
    public bool TryRestart(TimeSpan now, int maxRetries, TimeSpan? within, out RestartHistory next)
    {
        next = this;
        if (maxRetries == SupervisorStrategy.Unlimited) return true;
        if (maxRetries == 0) return false;
        bool newWindow = WindowStart is not { } start || (within is { } span && now - start > span);
        next = newWindow ? new RestartHistory(1, now) : this with { Count = Count + 1 };
        return next.Count <= maxRetries;
    }
}
