using System.Collections.Immutable;
using Mesh.Actors.Journals.Protocol;

namespace Mesh.Actors.Journals.Machine;

/// <summary>
/// Decides when a lease has run out: when this process has itself watched the same grant for the whole duration that its holder asked for, by its own
/// monotonic clock. A process that starts has watched nothing yet and waits the whole duration again: late, never early. In a group every member
/// watches what it applies, so a new leader goes on where it stood as a follower.
/// </summary>
/// <remarks>
/// Like a parking warden who chalks tyres: no watch of the driver's is trusted, only that the chalk has not moved between two of the warden's own
/// rounds. The holder counts from before it asked, the warden from after it was granted, so the warden is always the later of the two; what is left
/// is
/// the rate of two clocks, for which holders keep a margin. Pure: the caller brings monotonic time and keeps to one thread.
/// </remarks>
internal sealed class LeaseClock
{
    /// <summary>Leases watched at once. A forgotten one is only watched anew, hence waited for longer.</summary>
    public const int MaxWatched = 4096;

    private readonly SortedDictionary<string, Watch> _watches = new(StringComparer.Ordinal);

    /// <summary>Looks at every lease there is, at start.</summary>
    public void Start(ImmutableArray<KeyValuePair<string, LeaseRow>> leases, TimeSpan now)
    {
        _watches.Clear();
        foreach ((string name, LeaseRow row) in leases) Observe(name, row, now);
    }

    /// <summary>Looks at a lease as it is stored now.</summary>
    public void Observe(string name, LeaseRow row, TimeSpan now)
    {
        if (_watches.TryGetValue(name, out Watch watch) && watch.Row == row) return;
        if (row.Holder == 0)
        {
            _watches.Remove(name);
            return;
        }

        if (_watches.Count >= MaxWatched && !_watches.ContainsKey(name)) _watches.Remove(_watches.Keys.First());
        _watches[name] = new Watch(row, now);
    }

    /// <summary>Whether exactly this grant was watched for its whole duration.</summary>
    public bool HasRunOut(string name, LeaseRow row, TimeSpan now) =>
        _watches.TryGetValue(name, out Watch watch) && watch.Row == row && now - watch.Since >= row.Duration;

    /// <summary>The command for a caller who wants a lease, given how it is stored now.</summary>
    public AcquireLease Ask(string name, ulong holder, TimeSpan duration, LeaseRow? current, TimeSpan now)
    {
        AcquireLease ask = new() { Name = name, Holder = holder, DurationMs = (long)Math.Ceiling(duration.TotalMilliseconds) };
        if (current is not { } row) return ask;
        Observe(name, row, now);
        if (row.Holder != holder && HasRunOut(name, row, now)) ask.Expired = row.ToData();
        return ask;
    }

    private readonly record struct Watch(LeaseRow Row, TimeSpan Since);
}
