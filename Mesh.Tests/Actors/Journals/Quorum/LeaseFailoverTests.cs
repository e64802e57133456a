using Google.Protobuf;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Journals.Quorum.Requests;
using Xunit;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>A lease outlives the leader that granted it, and no longer than its duration.</summary>
public sealed class LeaseFailoverTests
{
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(7);

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    public void ANewLeader_GoesOnCounting_WhereItStoodAsAFollower(ulong seed)
    {
        World world = GroupTests.Settled(seed, 3);
        WorldNode leader = world.Leader!;
        WorldNode another = world.Nodes.First(node => node != leader);
        TimeSpan asked = world.Now;
        Assert.True(Held(world, another, holder: 10));
        world.Run(1);

        leader.Crash();
        TimeSpan taken = TakenOver(world, another);

        Assert.InRange(taken - asked, s_duration, s_duration + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void ARenewalThatTheNewLeaderApplied_StartsTheCountAnew()
    {
        World world = GroupTests.Settled(24, 3);
        WorldNode leader = world.Leader!;
        WorldNode another = world.Nodes.First(node => node != leader);
        Assert.True(Held(world, another, holder: 10));
        world.Run(5);
        TimeSpan renewed = world.Now;
        Assert.True(Held(world, another, holder: 10));

        leader.Crash();
        TimeSpan taken = TakenOver(world, another);

        Assert.True(taken - renewed >= s_duration, $"taken over {taken - renewed} after the renewal was asked for");
    }

    private static TimeSpan TakenOver(World world, WorldNode node)
    {
        world.Eventually(() => world.Leader is not null, "nobody leads");
        while (!Held(world, node, holder: 20)) world.Run(0.1);
        return world.Now;
    }

    /// <summary>Asks as a holder, until there is an answer; false when the lease is another's.</summary>
    private static bool Held(World world, WorldNode node, ulong holder)
    {
        bool? held = null;
        var ask = new AcquireLease { Name = "l", Holder = holder, DurationMs = (long)s_duration.TotalMilliseconds };
        ByteString body = JournalMessages.Acquire(ask, DateTimeOffset.UnixEpoch).ToByteString();
        Ask();
        world.Eventually(() => held is not null, "no answer");
        return held!.Value;

        void Ask() => node.Quorum!.Client.Ask(CallKind.RepeatableWrite, body, (answer, _) =>
        {
            if (answer is null) Ask();
            else held = JournalMessages.Leased(JournalReply.Parser.ParseFrom(answer)).Held;
        });
    }
}
