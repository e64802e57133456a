using Mesh.Actors;
using Mesh.Actors.Remoting;
using Mesh.Actors.Remoting.Sessions;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Remoting;

/// <summary>Three nodes that ask each other at once and again and again, as candidates of a founding do.</summary>
public sealed class SimultaneousDialsTests
{
    private const int Rounds = 20;
    private const int Nodes = 3;

    [Fact]
    public async Task EachHearsEachOther_ThoughSessionsEndAsSoonAsTheyAreOpen()
    {
        SplitMix64 chance = new(7);
        for (int round = 0; round < Rounds; round++)
        {
            TestNode[] nodes = [.. Enumerable.Range(0, Nodes).Select(_ => new TestNode(chance.Next() | 1))];
            int ends = chance.Next(6);
            foreach (TestNode node in nodes)
            {
                var talker = new Talker(node, nodes, new SplitMix64(chance.Next()), () => Interlocked.Decrement(ref ends) >= 0);
                await node.On(talker.Begin);
            }

            await Task.WhenAll(nodes.Select(node => HearsAllAsync(node, nodes.Where(other => other != node))));

            foreach (TestNode node in nodes) await node.DisposeAsync();
        }
    }

    /// <summary>Within one session with each.</summary>
    private static async Task HearsAllAsync(TestNode node, IEnumerable<TestNode> others)
    {
        HashSet<string> missing = [.. others.Select(static other => $"{other.Self.Uid}:word")];
        HashSet<string> all = [.. missing];
        while (missing.Count > 0)
        {
            string note = await node.Next();
            missing.Remove(note);
            string lost = $"{note.Split(' ')[0].TrimStart('-')}:word";
            if (note[0] == '-' && all.Contains(lost)) missing.Add(lost);
        }
    }

    /// <summary>Says a word to each every few milliseconds, and ends some sessions in the moment, turn or time after they were opened.</summary>
    private sealed class Talker(TestNode node, TestNode[] nodes, SplitMix64 chance, Func<bool> mayEnd)
    {
        private readonly int _pause = 1 + chance.Next(40);
        private SplitMix64 _chance = chance;

        public void Begin()
        {
            node.Messenger.PeerConnected += (peer, _) => OnOpen(peer);
            Talk();
        }

        private void Talk()
        {
            foreach (TestNode other in nodes.Where(other => other != node)) node.Messenger.Contact(other.Self.Address, TestNode.Message("word"));
            node.Control.After(TimeSpan.FromMilliseconds(_pause * (0.5 + _chance.NextDouble())), Talk);
        }

        private void OnOpen(UniqueAddress peer)
        {
            if (_chance.Next(2) == 0 || !mayEnd()) return;
            SessionEnd why = _chance.Next(2) == 0 ? SessionEnd.Closed : SessionEnd.Broken;
            int when = _chance.Next(3);
            if (when == 0) End(peer, why);
            else if (when == 1) node.Control.Post(() => End(peer, why));
            else node.Control.After(TimeSpan.FromMilliseconds(_chance.Next(20)), () => End(peer, why));
        }

        private void End(UniqueAddress peer, SessionEnd why)
        {
            SessionTable table = node.Messenger.Table;
            if (table.Find(peer) is { Control: not null } open) table.EndSession(open, why, "the adversary");
        }
    }
}
