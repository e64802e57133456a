using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Detection;

public sealed class OverlayTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    [InlineData(5, 20)]
    [InlineData(5, 400)]
    public void Watching_AndBeingWatched_AreOneRelation_AlsoWhenSomeAreUnreachable(int core, int edge)
    {
        ImmutableArray<Member> members = Crowd.Of(core, edge);
        for (ulong seed = 0; seed < 3; seed++)
        {
            ImmutableArray<UniqueAddress> unreachable = Some(members, seed, share: 0.2 * seed);
            foreach (Member observer in members.Where(each => unreachable.BinarySearch(each.UniqueAddress) < 0).Take(20))
            {
                var watched = Overlay.Monitored(observer.UniqueAddress, members, unreachable).ToHashSet();

                foreach (Member subject in members.Where(each => each != observer))
                {
                    bool watches = Overlay.Observers(subject.UniqueAddress, members, unreachable).Contains(observer.UniqueAddress);
                    Assert.True(watches == watched.Contains(subject.UniqueAddress), $"seed {seed}: {observer.Name} of {subject.Name}");
                }
            }
        }
    }

    [Fact]
    public void EveryMember_HasItsWatchers()
    {
        ImmutableArray<Member> members = Crowd.Of(5, 500);
        ImmutableArray<UniqueAddress> unreachable = Some(members, 7, share: 0.3);

        foreach (Member subject in members)
        {
            ImmutableArray<UniqueAddress> observers = Overlay.Observers(subject.UniqueAddress, members, unreachable);

            int core = observers.Count(observer => members.Single(each => each.UniqueAddress == observer).IsCore);
            int reachableCore = members.Count(each => each.IsCore && each != subject && unreachable.BinarySearch(each.UniqueAddress) < 0);
            Assert.InRange(core, Math.Min(subject.IsCore ? reachableCore : Overlay.CoreWatchers, reachableCore), 5);
            Assert.InRange(observers.Length, 6, 10);
            Assert.DoesNotContain(observers, observer => unreachable.BinarySearch(observer) >= 0 || observer == subject.UniqueAddress);
        }
    }

    [Fact]
    public void Neighbours_AreAtMostEight_AndMutual()
    {
        ImmutableArray<Member> members = Crowd.Of(5, 300);
        ImmutableArray<UniqueAddress> unreachable = Some(members, 3, share: 0.1);
        Dictionary<UniqueAddress, ImmutableArray<UniqueAddress>> all = Graph(members, unreachable);

        foreach ((UniqueAddress node, ImmutableArray<UniqueAddress> neighbours) in all)
        {
            Assert.InRange(neighbours.Length, 2, 8);
            Assert.Equal(neighbours.Order(), neighbours);
            Assert.All(neighbours, neighbour => Assert.Contains(node, all[neighbour]));
        }
    }

    [Fact]
    public void SmallClusters_GossipWithAllCore()
    {
        ImmutableArray<Member> members = Crowd.Of(7, 25);

        foreach (Member member in members)
        {
            ImmutableArray<UniqueAddress> neighbours = Overlay.Neighbours(member.UniqueAddress, members, []);

            Assert.All(members.Where(each => each.IsCore && each != member), core => Assert.Contains(core.UniqueAddress, neighbours));
        }
    }

    [Fact]
    public void TheGraph_StaysConnected_WhenManyFailAtOnceBeforeAnybodyKnows()
    {
        var random = new SplitMix64(20260701);
        for (int round = 0; round < 60; round++)
        {
            ImmutableArray<Member> members = RandomMembers(ref random, 10 + random.Next(500));
            Dictionary<UniqueAddress, ImmutableArray<UniqueAddress>> graph = Graph(members, []);
            ImmutableArray<UniqueAddress> failed = Some(members, random.Next(), share: 0.25);

            int alive = members.Length - failed.Length;
            int reached = ReachedFromFirst(graph, [.. failed]);

            // A node all of whose eight neighbours failed is cut until it sees that: 0.25^8 for each.
            Assert.True(reached >= alive - 1, $"round {round}: {reached} of {alive}");
        }
    }

    [Fact]
    public void TheGraph_IsInOnePiece_WhenAllKnowTheSame()
    {
        var random = new SplitMix64(42);
        for (int round = 0; round < 40; round++)
        {
            ImmutableArray<Member> members = RandomMembers(ref random, 1 + random.Next(300));
            ImmutableArray<UniqueAddress> unreachable = Some(members, random.Next(), share: random.NextDouble() * 0.9);

            int reached = ReachedFromFirst(Graph(members, unreachable), [.. unreachable]);

            Assert.Equal(members.Length - unreachable.Length, reached);
        }
    }

    [Fact]
    public void OneJoin_MovesFewNeighbours()
    {
        ImmutableArray<Member> before = Crowd.Of(5, 200);
        ImmutableArray<Member> after = Crowd.Of(5, 201);

        int changed = before.Count(member => !Overlay.Neighbours(member.UniqueAddress, before, [])
            .SequenceEqual(Overlay.Neighbours(member.UniqueAddress, after, [])));

        Assert.InRange(changed, 1, 8);
    }

    [Fact]
    public void DownMembers_TakeNoPart_AndAStrangerFindsNeighboursToo()
    {
        ImmutableArray<Member> members = [Crowd.Member(0, core: true), Crowd.Member(1, core: true, MemberStatus.Down), Crowd.Member(2, core: false)];

        Assert.Equal([Crowd.Node(2)], Overlay.Neighbours(Crowd.Node(0), members, []).ToArray());
        Assert.Equal([Crowd.Node(2)], Overlay.Monitored(Crowd.Node(0), members, []).ToArray());
        Assert.Equal([Crowd.Node(0), Crowd.Node(2)], Overlay.Neighbours(Crowd.Node(9), members, []).ToArray());
    }

    private static Dictionary<UniqueAddress, ImmutableArray<UniqueAddress>> Graph(
        ImmutableArray<Member> members, ImmutableArray<UniqueAddress> unreachable) => members
        .Where(member => unreachable.BinarySearch(member.UniqueAddress) < 0)
        .ToDictionary(member => member.UniqueAddress, member => Overlay.Neighbours(member.UniqueAddress, members, unreachable));

    private static int ReachedFromFirst(Dictionary<UniqueAddress, ImmutableArray<UniqueAddress>> graph, HashSet<UniqueAddress> gone)
    {
        List<UniqueAddress> alive = [.. graph.Keys.Where(node => !gone.Contains(node)).Order()];
        if (alive.Count == 0) return 0;
        // From a node in the middle: the first may be the one that is cut.
        var seen = new HashSet<UniqueAddress> { alive[alive.Count / 2] };
        var open = new Queue<UniqueAddress>(seen);
        while (open.TryDequeue(out UniqueAddress? node))
        {
            foreach (UniqueAddress next in graph[node])
            {
                if (!gone.Contains(next) && seen.Add(next)) open.Enqueue(next);
            }
        }

        return seen.Count;
    }

    private static ImmutableArray<Member> RandomMembers(ref SplitMix64 random, int count)
    {
        var members = new List<Member>();
        for (int number = 0; number < count; number++)
        {
            Member member = Crowd.Member(number, core: number < 3);
            members.Add(member with { UniqueAddress = Crowd.Node(number, random.Next()) });
        }

        return [.. members.OrderBy(member => member.UniqueAddress)];
    }

    private static ImmutableArray<UniqueAddress> Some(ImmutableArray<Member> members, ulong seed, double share)
    {
        var random = new SplitMix64(seed);
        var chosen = new List<UniqueAddress>();
        foreach (Member member in members)
        {
            if (random.NextDouble() < share) chosen.Add(member.UniqueAddress);
        }

        return [.. chosen.Order()];
    }
}
