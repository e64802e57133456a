using Mesh.Actors.Downing;
using Mesh.Actors.Membership;
using Mesh.Tests.Actors.Detection;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Downing;

/// <summary>
/// Half-connected clusters: every graph of links. A word about somebody is said when no ping comes back, and heard by all to whom gossip finds a way.
/// Whoever goes on must agree with everybody else who does.
/// </summary>
public sealed class EveryGraphTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void EveryDirectedGraph_LeavesOneAgreedSet(int nodes)
    {
        for (int graph = 0; graph < 1 << (nodes * (nodes - 1)); graph++) Check(nodes, DirectedLinks(nodes, (uint)graph), $"directed {nodes} {graph}");
    }

    [Fact]
    public void EveryUndirectedGraphOfFive_LeavesOneAgreedSet()
    {
        for (int graph = 0; graph < 1 << 10; graph++)
        {
            Check(5, UndirectedLinks(5, graph), $"undirected {graph}");
            Check(5, UndirectedLinks(5, graph), $"undirected with helpers {graph}", helpers: true);
        }
    }

    [Fact]
    public void SampledDirectedGraphsOfFive_LeaveOneAgreedSet()
    {
        var random = new SplitMix64(20260702);
        for (int sample = 0; sample < 1000; sample++)
        {
            uint graph = (uint)random.Next();
            Check(5, DirectedLinks(5, graph), $"directed 5 {graph}");
        }
    }

    [Fact]
    public void OneBrokenLink_CostsOneNodeAtMost()
    {
        for (int nodes = 3; nodes <= 5; nodes++)
        {
            for (int link = 0; link < nodes * (nodes - 1) / 2; link++)
            {
                bool[,] links = UndirectedLinks(nodes, ((1 << (nodes * (nodes - 1) / 2)) - 1) & ~(1 << link));

                int lost = Enumerable.Range(0, nodes)
                    .Count(node => Decide(node, nodes, links, new DowningSettings(), helpers: false).Outcome == DowningOutcome.DownSelf);

                Assert.Equal(1, lost);
            }
        }
    }

    [Fact]
    public void WithHelpers_OneBrokenLink_CostsNobody()
    {
        bool[,] links = UndirectedLinks(5, ((1 << 10) - 1) & ~1);

        Assert.All(Enumerable.Range(0, 5), node =>
            Assert.Equal(DowningOutcome.Nothing, Decide(node, 5, links, new DowningSettings(), helpers: true).Outcome));
    }

    private static void Check(int nodes, bool[,] links, string graph, bool helpers = false)
    {
        DowningView[] views = [.. Enumerable.Range(0, nodes).Select(node => View(node, nodes, links, helpers))];
        foreach (DowningSettings settings in Splits.Strategies)
        {
            DowningDecision[] decisions = [.. views.Select(view => SplitBrainResolver.Decide(view, settings))];
            List<int> surviving = [.. Enumerable.Range(0, nodes).Where(node => decisions[node].Outcome == DowningOutcome.DownOthers)];
            foreach (int one in surviving)
            {
                foreach (int other in surviving)
                {
                    Assert.True(decisions[one].Down.SequenceEqual(decisions[other].Down) && !decisions[one].Down.Contains(Crowd.Node(other)),
                        $"{settings.StrategyName}, {graph}: {one} and {other} go on and do not agree");
                }
            }
        }
    }

    private static DowningDecision Decide(int self, int nodes, bool[,] links, DowningSettings settings, bool helpers) =>
        SplitBrainResolver.Decide(View(self, nodes, links, helpers), settings);

    private static DowningView View(int self, int nodes, bool[,] links, bool helpers)
    {
        IEnumerable<int> all = Enumerable.Range(0, nodes);
        bool[,] hears = Closure(nodes, links);
        bool Pings(int one, int two) => links[one, two] && links[two, one];
        bool Reaches(int one, int two) => Pings(one, two) || (helpers && all.Any(helper => Pings(one, helper) && Pings(helper, two)));
        IEnumerable<ReachabilityRow> heard = all.Where(observer => observer == self || hears[observer, self])
            .SelectMany(observer => all.Where(subject => subject != observer && !Reaches(observer, subject))
                .Select(subject => Crowd.Insists(observer, subject)));
        return Splits.View(self, Crowd.Of(nodes), heard);
    }

    /// <summary>To whom gossip finds a way, over any number of nodes.</summary>
    private static bool[,] Closure(int nodes, bool[,] links)
    {
        bool[,] ways = (bool[,])links.Clone();
        for (int over = 0; over < nodes; over++)
        {
            for (int from = 0; from < nodes; from++)
            {
                for (int to = 0; to < nodes; to++) ways[from, to] |= ways[from, over] && ways[over, to];
            }
        }

        return ways;
    }

    private static bool[,] DirectedLinks(int nodes, uint graph)
    {
        bool[,] links = new bool[nodes, nodes];
        int bit = 0;
        for (int from = 0; from < nodes; from++)
        {
            for (int to = 0; to < nodes; to++)
            {
                if (from != to) links[from, to] = (graph >> bit++ & 1) == 1;
            }
        }

        return links;
    }

    private static bool[,] UndirectedLinks(int nodes, int graph)
    {
        bool[,] links = new bool[nodes, nodes];
        int bit = 0;
        for (int one = 0; one < nodes; one++)
        {
            for (int two = one + 1; two < nodes; two++) links[one, two] = links[two, one] = (graph >> bit++ & 1) == 1;
        }

        return links;
    }
}
