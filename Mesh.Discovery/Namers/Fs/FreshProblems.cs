namespace Mesh.Discovery.Namers.Fs;

/// <summary>
/// Tells which problems are news for a log: one that was there within the last minute is none, though it went and came again (a file that is
/// written over and over, a bad name that one request after the other asks for).
/// </summary>
/// <remarks>Pure but for the clock; one caller at a time.</remarks>
internal sealed class FreshProblems(TimeProvider time)
{
    /// <summary>Problems remembered, and told at a time; when there are more, the oldest is forgotten.</summary>
    public const int MaxRemembered = 1_000;

    public static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, long> _lastSeen = [];

    /// <summary>Those of <paramref name="now"/> that are news.</summary>
    public List<string> Among(IEnumerable<string> now)
    {
        long at = time.GetTimestamp();
        foreach ((string old, long seen) in _lastSeen.ToArray())
            if (time.GetElapsedTime(seen, at) > Quiet)
                _lastSeen.Remove(old);
        var fresh = new List<string>();
        foreach (string problem in now.Take(MaxRemembered))
        {
            if (!_lastSeen.ContainsKey(problem)) fresh.Add(problem);
            _lastSeen[problem] = at;
        }
        while (_lastSeen.Count > MaxRemembered) _lastSeen.Remove(_lastSeen.MinBy(pair => pair.Value).Key);
        return fresh;
    }
}
