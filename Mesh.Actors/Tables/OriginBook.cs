using System.Runtime.InteropServices;

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
    // Looked up by uid, never enumerated; the list's order comes from the order of calls alone.
    private readonly Dictionary<ulong, int> _places = [];
    private readonly List<Entry> _entries = [];
    private readonly List<int> _others = [];

    public int Count => _entries.Count;

    public void Seen(ulong uid, ulong version)
    {
        ref Entry entry = ref EntryOf(uid);
        entry.Seen = Math.Max(entry.Seen, version);
        entry.Claimed = Math.Max(entry.Claimed, version);
    }

    public void Heard(ulong uid, ulong version, TimeSpan heardAt)
    {
        ref Entry entry = ref EntryOf(uid);
        entry.Claimed = Math.Max(entry.Claimed, version);
        if (entry.HeardAt < heardAt) entry.HeardAt = heardAt;
    }

    public void Forget(ulong uid)
    {
        if (!_places.Remove(uid, out int place)) return;
        int last = _entries.Count - 1;
        if (place < last)
        {
            _entries[place] = _entries[last];
            _places[_entries[place].Uid] = place;
        }

        _entries.RemoveAt(last);
    }

    public OriginAge Of(ulong uid, TimeSpan now) =>
        _places.TryGetValue(uid, out int place) ? AgeOf(_entries[place], now) : new OriginAge(uid, 0, 0, null);

    /// <summary>The claims to send: three quarters the freshest, the rest by chance, so that none starves. One pass, without sorting all.</summary>
    public List<OriginAge> Pick(int count, TimeSpan now, Func<int, int> chance)
    {
        int room = _entries.Count <= count ? count : count * 3 / 4;
        List<int> picked = Freshest(room);
        for (int i = 0; picked.Count < count && i < _others.Count; i++)
        {
            int at = i + chance(_others.Count - i);
            (_others[i], _others[at]) = (_others[at], _others[i]);
            picked.Add(_others[i]);
        }

        return [.. picked.Select(place => AgeOf(_entries[place], now))];
    }

    private static OriginAge AgeOf(in Entry entry, TimeSpan now) =>
        new(entry.Uid, entry.Seen, entry.Claimed, entry.HeardAt == TimeSpan.MinValue ? null : now - entry.HeardAt);

    /// <summary>
    /// Places of the freshest, the freshest first; the places of all others that were ever heard of are left in <see cref="_others"/>.
    /// </summary>
    private List<int> Freshest(int room)
    {
        _others.Clear();
        List<int> best = new(room);
        ReadOnlySpan<Entry> entries = CollectionsMarshal.AsSpan(_entries);
        for (int place = 0; place < entries.Length; place++)
        {
            if (entries[place].HeardAt == TimeSpan.MinValue) continue;
            if (best.Count == room)
            {
                int last = best.Count - 1;
                bool enters = last >= 0 && entries[place].IsBefore(entries[best[last]]);
                _others.Add(enters ? best[last] : place);
                if (!enters) continue;
                best.RemoveAt(last);
            }

            int at = best.Count;
            while (at > 0 && entries[place].IsBefore(entries[best[at - 1]])) at--;
            best.Insert(at, place);
        }

        return best;
    }

    private ref Entry EntryOf(ulong uid)
    {
        if (!_places.TryGetValue(uid, out int place))
        {
            _places.Add(uid, place = _entries.Count);
            _entries.Add(new Entry { Uid = uid, HeardAt = TimeSpan.MinValue });
        }

        return ref CollectionsMarshal.AsSpan(_entries)[place];
    }

    private struct Entry
    {
        public ulong Uid;
        public ulong Seen;
        public ulong Claimed;

        /// <summary>Least: never.</summary>
        public TimeSpan HeardAt;

        public readonly bool IsBefore(in Entry other) => HeardAt != other.HeardAt ? HeardAt > other.HeardAt : Uid < other.Uid;
    }
}
