using System.Collections.Immutable;

namespace Mesh.Actors.Membership;

/// <summary>Who talks to whom: pure functions of the member list, so that every node that knows the same members draws the same graph.</summary>
/// <remarks>
/// Imagine four round tables at which everybody sits in another random order: each talks with the persons beside it at every table. That graph of at
/// most eight neighbours has short ways from anyone to anyone, and stays in one piece when many leave (a random regular graph is an expander).
/// Each function is one pass over the members, O(N) without sorting: some 30 microseconds for 2000, cheap enough for every change.
/// Down and removed members take no part. Unreachable ones are skipped, so that everybody keeps its number of neighbours.
/// </remarks>
internal static class Overlay
{
    /// <summary>Rings of gossip; two neighbours on each.</summary>
    internal const int GossipRings = 4;

    /// <summary>In clusters of at most so many members everybody also gossips with every core member.</summary>
    internal const int SmallCluster = 32;

    /// <summary>Core members that watch an edge member.</summary>
    internal const int CoreWatchers = 3;

    /// <summary>Members that watch a member, on each side of the ring of watchers: six in all.</summary>
    internal const int RingWatchers = 3;

    /// <summary>The ring of watchers is gossip's first: those beside are talked to anyway.</summary>
    private const int WatchRing = 0;

    /// <summary>Whom a node gossips with, in address order, without itself.</summary>
    public static ImmutableArray<UniqueAddress> Neighbours(
        UniqueAddress self, ImmutableArray<Member> members, ImmutableArray<UniqueAddress> unreachable)
    {
        var found = new SortedSet<UniqueAddress>();
        Span<int> indices = stackalloc int[2];
        Span<ulong> distances = stackalloc ulong[2];
        int alive = 0;
        for (int ring = 0; ring < GossipRings; ring++)
        {
            ulong from = OverlayHash.Place(self.Uid, ring);
            var up = new OverlayRing(from, up: true, indices[..1], distances[..1]);
            var down = new OverlayRing(from, up: false, indices[1..], distances[1..]);
            alive = 0;
            for (int index = 0; index < members.Length; index++)
            {
                Member member = members[index];
                if (!TakesPart(member)) continue;
                alive++;
                if (member.UniqueAddress.Uid == self.Uid) continue;
                ulong place = OverlayHash.Place(member.UniqueAddress.Uid, ring);
                up.Offer(index, place, member.UniqueAddress, unreachable);
                down.Offer(index, place, member.UniqueAddress, unreachable);
            }

            Add(found, members, up.Found);
            Add(found, members, down.Found);
        }

        if (alive <= SmallCluster)
        {
            foreach (Member member in members)
            {
                if (member.IsCore && IsReachableOther(member, self, unreachable)) found.Add(member.UniqueAddress);
            }
        }

        return [.. found];
    }

    /// <summary>Whom a node watches, in address order: the inverse of <see cref="Observers"/> for one that is itself reachable.</summary>
    public static ImmutableArray<UniqueAddress> Monitored(
        UniqueAddress self, ImmutableArray<Member> members, ImmutableArray<UniqueAddress> unreachable)
    {
        var found = new SortedSet<UniqueAddress>();
        AddRing(found, self, members, unreachable, alsoUnreachable: true);

        Member[] core = Core(members);
        if (!Array.Exists(core, member => member.UniqueAddress.Uid == self.Uid)) return [.. found];
        foreach (Member subject in members)
        {
            if (!TakesPart(subject) || subject.UniqueAddress.Uid == self.Uid) continue;
            if (subject.IsCore || RankOf(self.Uid, subject.UniqueAddress.Uid, core, unreachable) < CoreWatchers) found.Add(subject.UniqueAddress);
        }

        return [.. found];
    }

    /// <summary>
    /// Who watches a member, in address order: six beside it on a ring, and every other core member if it is core, else the three core members that
    /// the rendezvous hash gives it.
    /// </summary>
    public static ImmutableArray<UniqueAddress> Observers(
        UniqueAddress subject, ImmutableArray<Member> members, ImmutableArray<UniqueAddress> unreachable)
    {
        var found = new SortedSet<UniqueAddress>();
        AddRing(found, subject, members, unreachable, alsoUnreachable: false);

        Member[] core = Core(members);
        bool isCore = Array.Exists(core, member => member.UniqueAddress.Uid == subject.Uid);
        foreach (Member watcher in core)
        {
            if (!IsReachableOther(watcher, subject, unreachable)) continue;
            if (isCore || RankOf(watcher.UniqueAddress.Uid, subject.Uid, core, unreachable) < CoreWatchers) found.Add(watcher.UniqueAddress);
        }

        return [.. found];
    }

    /// <summary>Whether a member is still somebody to talk to.</summary>
    internal static bool TakesPart(Member member) => member.Status < MemberStatus.Down;

    /// <summary>
    /// The nearest reachable ones on both sides. For one who watches, also the unreachable ones before the last of them: between such a one and the
    /// watcher there are fewer than <see cref="RingWatchers"/> who could see it come back.
    /// </summary>
    private static void AddRing(
        SortedSet<UniqueAddress> found, UniqueAddress centre, ImmutableArray<Member> members, ImmutableArray<UniqueAddress> unreachable,
        bool alsoUnreachable)
    {
        Span<int> indices = stackalloc int[2 * RingWatchers];
        Span<ulong> distances = stackalloc ulong[2 * RingWatchers];
        ulong from = OverlayHash.Place(centre.Uid, WatchRing);
        var up = new OverlayRing(from, up: true, indices[..RingWatchers], distances[..RingWatchers]);
        var down = new OverlayRing(from, up: false, indices[RingWatchers..], distances[RingWatchers..]);
        for (int index = 0; index < members.Length; index++)
        {
            Member member = members[index];
            if (!TakesPart(member) || member.UniqueAddress.Uid == centre.Uid) continue;
            ulong place = OverlayHash.Place(member.UniqueAddress.Uid, WatchRing);
            up.Offer(index, place, member.UniqueAddress, unreachable);
            down.Offer(index, place, member.UniqueAddress, unreachable);
        }

        Add(found, members, up.Found);
        Add(found, members, down.Found);
        if (!alsoUnreachable || unreachable.Length == 0) return;

        foreach (Member member in members)
        {
            if (!TakesPart(member) || member.UniqueAddress.Uid == centre.Uid || unreachable.BinarySearch(member.UniqueAddress) < 0) continue;
            ulong place = OverlayHash.Place(member.UniqueAddress.Uid, WatchRing);
            if (up.DistanceOf(place) < up.Horizon || down.DistanceOf(place) < down.Horizon) found.Add(member.UniqueAddress);
        }
    }

    /// <summary>
    /// How many reachable core members are wanted more for that subject; those who cannot be reached leave their place to the next.
    /// </summary>
    private static int RankOf(ulong watcher, ulong subject, Member[] core, ImmutableArray<UniqueAddress> unreachable)
    {
        ulong own = OverlayHash.Weight(watcher, subject);
        int better = 0;
        foreach (Member other in core)
        {
            if (other.UniqueAddress.Uid == watcher || OverlayHash.Weight(other.UniqueAddress.Uid, subject) <= own) continue;
            if (unreachable.Length > 0 && unreachable.BinarySearch(other.UniqueAddress) >= 0) continue;
            better++;
        }

        return better;
    }

    private static Member[] Core(ImmutableArray<Member> members)
    {
        List<Member> core = [];
        foreach (Member member in members)
        {
            if (member.IsCore && TakesPart(member)) core.Add(member);
        }

        return [.. core];
    }

    private static bool IsReachableOther(Member member, UniqueAddress self, ImmutableArray<UniqueAddress> unreachable) =>
        TakesPart(member) && member.UniqueAddress.Uid != self.Uid && unreachable.BinarySearch(member.UniqueAddress) < 0;

    private static void Add(SortedSet<UniqueAddress> found, ImmutableArray<Member> members, ReadOnlySpan<int> indices)
    {
        foreach (int index in indices) found.Add(members[index].UniqueAddress);
    }
}
