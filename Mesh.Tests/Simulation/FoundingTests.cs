using Mesh.Actors;
using Mesh.Actors.Clustering;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Seeds;
using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.Runs;
using Mesh.Tests.Simulation.World;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Simulation;

/// <summary>Three core nodes that start together while sessions end as soon as they are open, at one end or both.</summary>
public sealed class FoundingTests
{
    private const int Nodes = 3;

    private static readonly TimeSpan s_trouble = TimeSpan.FromSeconds(12);

    /// <summary>A half-open session is found out within seconds, words are repeated each second, and a founding takes a few of them.</summary>
    private static readonly TimeSpan s_calm = TimeSpan.FromSeconds(12);

    [Fact]
    public void AllAreUp_AndMeetAgain_ThoughSessionsEndAsSoonAsTheyAreOpen()
    {
        (ulong from, ulong to) = Choice.Seeds ?? (1, Choice.IsCi ? 500u : 50u);
        string? failure = null;
        var thread = new Thread(
            () =>
            {
                for (ulong seed = from; seed <= to && failure is null; seed++) failure = new Founding(seed).Live();
            },
            maxStackSize: 16 << 20) { IsBackground = true };

        thread.Start();
        thread.Join();

        Assert.True(failure is null, failure);
    }

    private sealed class Founding
    {
        private readonly SimWorld _world;
        private readonly SimCluster _cluster;
        private readonly ulong _seed;
        private SplitMix64 _chance;
        private bool _isTroubled = true;
        private int _ended;

        public Founding(ulong seed)
        {
            (_seed, _chance) = (seed, new SplitMix64(seed));
            _world = new SimWorld(seed);
            var scenario = new Scenario(seed, Nodes, 0, TimeSpan.Zero, new NetworkSettings(), []) { Exact = true };
            SeedAddress[] seeds = [.. Enumerable.Range(0, Nodes).Select(static index => new SeedAddress($"10.0.0.{index}", 4000))];
            _cluster = new SimCluster(
                _world, scenario.Network, ClusterProtocols.Catalog, Nodes, 0, process => new ClusterProgram(process, scenario, seeds, Nodes));
            _cluster.Started += process => process.Messenger.PeerConnected += (peer, _) => OnOpen(process, peer);
        }

        /// <returns>What went wrong.</returns>
        public string? Live()
        {
            _cluster.StartAll(TimeSpan.FromSeconds(3 * _chance.NextDouble()));
            _world.RunFor(s_trouble);
            _isTroubled = false;
            _world.RunFor(s_calm);
            if (Fault() is { } young) return $"seed {_seed}, founding, {_ended} sessions were ended: {young}";

            _isTroubled = true;
            foreach (SimProcess process in _cluster.Living)
            {
                foreach (SimPeer peer in process.Messenger.Peers) OnOpen(process, peer.Node);
            }

            _world.RunFor(s_trouble);
            _isTroubled = false;
            _world.RunFor(s_calm);
            return Fault() is { } old ? $"seed {_seed}, after founding, {_ended} sessions were ended: {old}" : null;
        }

        private string? Fault()
        {
            foreach (SimProcess process in _cluster.Living)
            {
                ClusterState state = process.Program!.Membership!.State;
                int up = state.Members.Count(static member => member.Status == MemberStatus.Up);
                if (up != Nodes || state.Members.Length != Nodes) return $"{process} sees {string.Join(", ", state.Members)}";
                Member? lost = state.Members.FirstOrDefault(member => !state.IsReachable(member.UniqueAddress));
                if (lost is not null) return $"{process} does not reach {lost}";
                int sessions = process.Messenger.Peers.Count(static peer => peer.Primary is not null);
                if (sessions != Nodes - 1) return $"{process} has {sessions} sessions";
            }

            return null;
        }

        private void OnOpen(SimProcess process, UniqueAddress peer)
        {
            if (!_isTroubled || _chance.Next(2) == 0) return;
            TimeSpan soon = TimeSpan.FromMilliseconds(_chance.Next(3) * _chance.NextDouble() * 50);
            int ends = 1 + _chance.Next(3);
            _world.After(soon, "the adversary ends a session", () =>
            {
                if (process.Messenger.FindPeer(peer)?.Primary is not { } side) return;
                _ended++;
                if ((ends & 1) != 0) process.Messenger.Break(side, SessionEnd.Closed);
                if ((ends & 2) != 0) side.Peer.Messenger.Break(side.Other, SessionEnd.Closed);
            });
        }
    }
}
