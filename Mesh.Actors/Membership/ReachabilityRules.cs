using System.Collections.Immutable;

namespace Mesh.Actors.Membership;

/// <summary>When the words of observers make a member unreachable. Pure: the same rows give the same answer on every node.</summary>
/// <remarks>
/// Imagine a table at which some accuse others of sleeping. One voice may be the sleeper's own, so two are needed where four or more could speak;
/// a voice that has insisted for long, alone and in good health (<see cref="ReachabilityStatus.Unreachable"/>, where
/// <see cref="ReachabilityStatus.Suspect"/> is the plain accusation), is enough. And whoever is found asleep has no voice.
/// <para>
/// The complication is that accusations contradict one another: a node with a broken network card accuses everybody and is accused by everybody.
/// Taking everyone accused would take the whole cluster. So the most accused is judged first and its own words are struck out; then the next,
/// until no accusation is left that suffices. Ties take edge before core, then the higher address. What remains has no sufficient accusation
/// inside it, so a chain of half-connected nodes loses few members instead of all.
/// </para>
/// <para>Cost: one look-up of members for each row, then O(R log R): nothing to speak of for thousands of members and few rows.</para>
/// </remarks>
internal static class ReachabilityRules
{
    /// <summary>With at least so many others that could observe, one suspicion is not enough.</summary>
    internal const int ObserversForTwo = 4;

    /// <summary>
    /// Edge members must be so many (or all there are) to speak about a core member that other core members watch: racks of edges do not decide who
    /// leads, yet the death of all core members at once is seen.
    /// </summary>
    internal const int EdgeVoices = 4;

    /// <summary>The subjects that count as unreachable, in address order.</summary>
    public static ImmutableArray<UniqueAddress> Unreachable(ImmutableArray<Member> members, IEnumerable<ReachabilityRow> rows)
    {
        List<ReachabilityRow> words = Standing(members, rows);
        return words.Count == 0 ? [] : new Trial(members, words).Judge();
    }

    /// <summary>
    /// The accusations that count: the newest word of each observer about each subject, by a member that is not Down, about another member, in the
    /// incarnation that the subject has now or a later one. In order of observer, then subject. Whether the observer is itself unreachable is not
    /// looked at here.
    /// </summary>
    public static List<ReachabilityRow> Standing(ImmutableArray<Member> members, IEnumerable<ReachabilityRow> rows)
    {
        var newest = new SortedDictionary<(UniqueAddress, UniqueAddress), ReachabilityRow>();
        foreach (ReachabilityRow row in rows)
        {
            (UniqueAddress, UniqueAddress) key = (row.Observer, row.Subject);
            if (!newest.TryGetValue(key, out ReachabilityRow? known) || row.Version > known.Version) newest[key] = row;
        }

        return [.. newest.Values.Where(row => Counts(members, row))];
    }

    private static bool Counts(ImmutableArray<Member> members, ReachabilityRow row) =>
        row.Status != ReachabilityStatus.Reachable
        && row.Observer.Uid != row.Subject.Uid
        && IndexOf(members, row.Observer) is var observer and >= 0 && members[observer].Status < MemberStatus.Down
        && IndexOf(members, row.Subject) is var subject and >= 0 && members[subject].Incarnation <= row.SubjectIncarnation;

    private static int IndexOf(ImmutableArray<Member> members, UniqueAddress node)
    {
        int low = 0, high = members.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = members[middle].UniqueAddress.CompareTo(node);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }

    /// <summary>One run of the rule.</summary>
    private sealed class Trial
    {
        private readonly ImmutableArray<Member> _members;
        private readonly List<(int Observer, int Subject, bool Insists)> _words = [];
        private readonly SortedDictionary<int, List<int>> _against = [];
        private readonly SortedDictionary<int, List<int>> _by = [];
        private readonly bool[] _condemned;
        private readonly bool[] _struck;
        private int _core;
        private int _edge;

        public Trial(ImmutableArray<Member> members, List<ReachabilityRow> rows)
        {
            _members = members;
            _condemned = new bool[members.Length];
            _struck = new bool[rows.Count];
            foreach (ReachabilityRow row in rows)
            {
                int observer = IndexOf(members, row.Observer), subject = IndexOf(members, row.Subject);
                ListOf(_against, subject).Add(_words.Count);
                ListOf(_by, observer).Add(_words.Count);
                _words.Add((observer, subject, row.Status == ReachabilityStatus.Unreachable));
            }

            foreach (Member member in members)
            {
                if (member.Status >= MemberStatus.Down) continue;
                if (member.IsCore) _core++;
                else _edge++;
            }
        }

        public ImmutableArray<UniqueAddress> Judge()
        {
            // The queue may hold old counts: voices only ever become fewer, so the true place of a subject is never before the one it has.
            var queue = new SortedSet<(int Fewer, bool Core, int Later)>();
            foreach (int subject in _against.Keys) queue.Add(Place(subject));
            var waiting = new SortedSet<int>();
            while (queue.Count > 0)
            {
                (int, bool, int Later) first = queue.Min;
                queue.Remove(first);
                int subject = -first.Later;
                (int, bool, int) now = Place(subject);
                if (now != first) queue.Add(now);
                else if (!Suffices(subject)) waiting.Add(subject);
                else
                {
                    Condemn(subject);
                    // Fewer are left who could observe: one voice may be enough now.
                    foreach (int other in waiting) queue.Add(Place(other));
                    waiting.Clear();
                }
            }

            return [.. Enumerable.Range(0, _members.Length).Where(index => _condemned[index]).Select(index => _members[index].UniqueAddress)];
        }

        private (int Fewer, bool Core, int Later) Place(int subject) => (-Voices(subject), _members[subject].IsCore, -subject);

        private int Voices(int subject) => _against[subject].Count(word => !_struck[word]);

        private bool Suffices(int subject)
        {
            bool core = _members[subject].IsCore;
            bool alive = _members[subject].Status < MemberStatus.Down && !_condemned[subject];
            int otherCore = _core - (core && alive ? 1 : 0);
            int others = otherCore + _edge - (!core && alive ? 1 : 0);
            (int coreVoices, int edgeVoices, bool coreInsists, bool edgeInsists) = Count(subject);
            if (!core || otherCore == 0) return Enough(coreVoices + edgeVoices, coreInsists || edgeInsists, others);
            return Enough(coreVoices, coreInsists, otherCore) || (edgeVoices > 0 && edgeVoices >= Math.Min(EdgeVoices, _edge));
        }

        private static bool Enough(int voices, bool insists, int able) => voices >= 2 || (voices == 1 && (insists || able < ObserversForTwo));

        private (int Core, int Edge, bool CoreInsists, bool EdgeInsists) Count(int subject)
        {
            int core = 0, edge = 0;
            bool coreInsists = false, edgeInsists = false;
            foreach (int word in _against[subject])
            {
                if (_struck[word]) continue;
                bool byCore = _members[_words[word].Observer].IsCore;
                if (byCore) core++;
                else edge++;
                if (byCore) coreInsists |= _words[word].Insists;
                else edgeInsists |= _words[word].Insists;
            }

            return (core, edge, coreInsists, edgeInsists);
        }

        private void Condemn(int subject)
        {
            _condemned[subject] = true;
            if (_members[subject].Status < MemberStatus.Down)
            {
                if (_members[subject].IsCore) _core--;
                else _edge--;
            }

            if (!_by.TryGetValue(subject, out List<int>? words)) return;
            foreach (int word in words) _struck[word] = true;
        }

        private static List<int> ListOf(SortedDictionary<int, List<int>> lists, int index)
        {
            if (!lists.TryGetValue(index, out List<int>? list)) lists[index] = list = [];
            return list;
        }
    }
}
