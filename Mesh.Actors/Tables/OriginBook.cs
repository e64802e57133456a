namespace Mesh.Actors.Tables;

/// <summary>What is known of one owner's writes.</summary>
/// <param name="Uid">The owner.</param>
/// <param name="Seen">The highest version of its rows that is here.</param>
/// <param name="Claimed">The highest version that it is said to have written; above <paramref name="Seen"/>: something is on its way.</param>
/// <param name="Age">How long ago the owner is known to have written no more than that; null: never heard of.</param>
public readonly record struct OriginAge(ulong Uid, ulong Seen, ulong Claimed, TimeSpan? Age);

/// <summary>How old is what this node knows of each owner. Pure.</summary>
/// <remarks>
/// Each exchange of anti-entropy carries a few claims "owner X had written v, t ago": the sender's own with age 0, the freshest it
/// heard, and some others by chance. Ages are durations, so no clocks are compared; a message's time under way is not counted. The cost is flat
/// in the fleet's size; the age grows with it (see <see cref="TableSettings.ClaimsPerMessage"/>).
/// </remarks>
internal sealed class OriginBook
{
    private readonly SortedDictionary<ulong, Entry> _entries = [];

    public int Count => _entries.Count;

    public void Seen(ulong uid, ulong version)
    {
        Entry entry = EntryOf(uid);
        entry.Seen = Math.Max(entry.Seen, version);
        entry.Claimed = Math.Max(entry.Claimed, version);
    }

    public void Heard(ulong uid, ulong version, TimeSpan heardAt)
    {
        Entry entry = EntryOf(uid);
        entry.Claimed = Math.Max(entry.Claimed, version);
        if (entry.HeardAt is null || entry.HeardAt < heardAt) entry.HeardAt = heardAt;
    }

    public void Forget(ulong uid) => _entries.Remove(uid);

    public OriginAge Of(ulong uid, TimeSpan now) => _entries.TryGetValue(uid, out Entry? entry)
        ? new OriginAge(uid, entry.Seen, entry.Claimed, now - entry.HeardAt)
        : new OriginAge(uid, 0, 0, null);

    /// <summary>The claims to send: three quarters the freshest, the rest by chance, so that none starves.</summary>
    public List<OriginAge> Pick(int count, TimeSpan now, Func<int, int> chance)
    {
        List<OriginAge> heard = new(_entries.Count);
        foreach ((ulong uid, Entry entry) in _entries)
            if (entry.HeardAt is { } heardAt) heard.Add(new OriginAge(uid, entry.Seen, entry.Claimed, now - heardAt));
        heard.Sort(static (left, right) => left.Age != right.Age ? Nullable.Compare(left.Age, right.Age) : left.Uid.CompareTo(right.Uid));
        if (heard.Count <= count) return heard;
        int fresh = count * 3 / 4;
        List<OriginAge> picked = heard[..fresh];
        for (int i = fresh; i < count; i++)
        {
            int at = i + chance(heard.Count - i);
            (heard[i], heard[at]) = (heard[at], heard[i]);
            picked.Add(heard[i]);
        }

        return picked;
    }

    private Entry EntryOf(ulong uid)
    {
        if (!_entries.TryGetValue(uid, out Entry? entry)) _entries.Add(uid, entry = new Entry());
        return entry;
    }

    private sealed class Entry
    {
        public ulong Seen;
        public ulong Claimed;
        public TimeSpan? HeardAt;
    }
}
