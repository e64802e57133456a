using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Journals.Quorum;
using Mesh.Actors.Journals.Quorum.Group;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Requests;
using Mesh.Actors.Storage;
using Xunit;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>A request or its answer is lost while the connection lives on.</summary>
public sealed class LostWordTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ARead_IsAskedAgain(bool answerIsLost)
    {
        (World world, WorldNode caller) = Losing(31, answerIsLost);
        ByteString? answer = null;

        caller.Quorum!.Client.Ask(CallKind.Read, new QuorumQuery { HighestOf = "p" }.ToByteString(), (body, _) => answer = body);

        world.Eventually(() => answer is not null, "the read was not repeated", seconds: 3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ALease_IsAskedForAgain_AndHeldOnce(bool answerIsLost)
    {
        (World world, WorldNode caller) = Losing(32, answerIsLost);
        var ask = new AcquireLease { Name = "seat", Holder = 7, DurationMs = 10_000 };
        LeaseData? row = null;

        caller.Quorum!.Client.Ask(CallKind.RepeatableWrite, JournalMessages.Acquire(ask, DateTimeOffset.UnixEpoch).ToByteString(),
            (body, _) => row = body is null ? null : JournalReply.Parser.ParseFrom(body).Lease.Row);

        world.Eventually(() => row is not null, "the lease was not asked for again", seconds: 4);
        Assert.Equal((7UL, 1L), (row!.Holder, row.Term));
    }

    [Fact]
    public void AnAppend_IsSentOnce_AndEndsAsUnknown()
    {
        (World world, WorldNode caller) = Losing(33, answerIsLost: true);
        int sent = 0;
        caller.Messenger!.Filter = (_, message) =>
        {
            if (message is QuorumRequest { Read: false }) sent++;
            return true;
        };
        var history = new JournalHistory(world);
        bool done = false;

        history.Append(caller, "p", 1, () => done = true);

        world.Eventually(() => done, "no outcome", seconds: 6);
        Assert.Equal((1, 1), (history.Unknown, sent));
    }

    [Theory]
    [InlineData(1, StorageFault.Unknown)]
    [InlineData(0, StorageFault.Unavailable)]
    public void ABatchOfTwoCommits_IsUnknown_WhenTheSecondIsNotTaken_SinceTheFirstStands(int committed, StorageFault fault)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        World world = GroupTests.Settled(35, 3);
        WorldNode caller = world.Leader!;
        QuorumClient client = caller.Quorum!.Client;
        client.AnswersInline = true;
        ImmutableArray<JournalEvent> many = [.. Enumerable.Range(1, JournalLimits.MaxBatchEvents)
            .Select(static number => new JournalEvent(number, "e.v1", new byte[1], 7, default))];

        if (committed == 0) client.Close();
        Task<ImmutableArray<AppendOutcome>> append =
            caller.Store!.Append([new AtomicWrite("p", many, null), new AtomicWrite("q", many, null)], default).AsTask();
        if (committed == 1) world.Eventually(() => client.IsBusy, "the first is not sent");
        if (committed == 1) world.Eventually(() => !client.IsBusy, "the first is not answered");
        client.Close();
        world.Eventually(() => append.IsCompleted, "no outcome");

        Assert.Equal(fault, Assert.IsType<StorageException>(append.Exception!.InnerException).Fault);
        Assert.Equal((committed * many.Length, 0), (caller.Machine.HighestSequenceNr("p"), caller.Machine.HighestSequenceNr("q")));
    }

    [Fact]
    public void ACallThatNobodyAnswers_EndsInTime()
    {
        (World world, WorldNode caller) = Losing(34, answerIsLost: true, lost: int.MaxValue);
        StorageException? fault = null;

        ByteString command = JournalMessages.Release("seat", 7, DateTimeOffset.UnixEpoch).ToByteString();
        caller.Quorum!.Client.Ask(CallKind.RepeatableWrite, command, (_, error) => fault = (StorageException?)error);

        world.Eventually(() => fault is not null, "it waits for ever", world.Settings.RequestTimeout.TotalSeconds + 1);
        Assert.Equal(StorageFault.Unknown, fault!.Fault);
    }

    /// <summary>The leader has it in its log, nobody confirms it, and its caller asks what became of it: "not there" would be a lie.</summary>
    [Fact]
    public void AReadBack_WaitsForWhatItsCallerGaveUp()
    {
        World world = GroupTests.Settled(35, 3);
        WorldNode leader = world.Leader!;
        WorldNode[] others = [.. world.Nodes.Where(node => node != leader)];
        foreach (WorldNode other in others)
            other.Messenger!.Filter = (_, message) => message is not RaftMessage { Kind: RaftKind.AppendReply };
        var history = new JournalHistory(world);
        bool done = false;

        history.Append(others[0], "p", 1, () => done = true);
        world.Eventually(() => done, "no outcome", seconds: 6);
        world.Run(2);
        foreach (WorldNode other in others) other.Messenger!.Filter = null;

        world.Eventually(world.IsSettled, "the group does not go on");
        history.Check(leader);
    }

    /// <summary>A read that still waits has a lower number than a write that was given up: the write must stay out all the same.</summary>
    [Fact]
    public void AWriteThatComesLate_IsRefused_ThoughAnOlderReadStillWaits()
    {
        World world = GroupTests.Settled(36, 3);
        WorldNode leader = world.Leader!, caller = world.Nodes.First(node => node != leader);
        QuorumRequest? late = null;
        caller.Messenger!.Filter = (_, message) =>
        {
            if (message is QuorumRequest { Read: false } write) late = write;
            return message is not QuorumRequest { Read: false } and not QuorumRequest { Number: 1 };
        };
        var history = new JournalHistory(world);
        bool done = false;
        caller.Quorum!.Client.Ask(CallKind.Read, new QuorumQuery { HighestOf = "q" }.ToByteString(), (_, _) => { });
        history.Append(caller, "p", 1, () => done = true);
        world.Eventually(() => late is not null, "nothing was sent");

        caller.Quorum.Client.Lost(leader.Self!);
        Assert.True(done);
        world.Run(1);
        leader.Quorum!.Server.Take(caller.Self!, late!);
        world.Run(1);

        Assert.Equal(1, history.Unknown);
        history.Check(leader);
        Assert.Equal(0, leader.Machine.HighestSequenceNr("p"));
    }

    [Fact]
    public void TheKnownLeader_IsPublished_OnEveryNode()
    {
        World world = GroupTests.Settled(37, 3);
        WorldNode leader = world.Leader!;
        Assert.All(world.Nodes, node => Assert.Equal(leader.Self, node.Quorum!.Known?.Node));

        leader.Crash();
        world.Eventually(() => world.Leader is { } next && next != leader && next.IsUp, "nobody leads");
        world.Run(1);

        Assert.All(world.Nodes.Where(node => node.IsUp), node => Assert.Equal(world.Leader!.Self, node.Quorum!.Known?.Node));
    }

    /// <summary>An operator made a group anew while the old one lived: whatever its terms, nobody follows it by accident, and all say so.</summary>
    [Fact]
    public void AStoreOfAnotherGroup_IsNeverFollowed_AndIsTold()
    {
        World world = GroupTests.Settled(38, 3);
        WorldNode node = world.Nodes.First(each => each != world.Leader), other = world.Nodes.First(each => each != world.Leader && each != node);
        var hello = new QuorumHello
        {
            Id = 99, GroupId = 77, Boot = 1, Name = "other", Term = 1000, Leader = PeerBook.ToMessage(other.Self!),
        };

        node.Quorum!.Keeper.OnHello(other.Self!, hello);

        Assert.Equal(world.Leader!.Self, node.Quorum.Keeper.Leader?.Node);
        Assert.Contains("move their raft.db", QuorumStatus.Of(node.Quorum, null, world.Now).Detail, StringComparison.Ordinal);
        Assert.Contains("quorum: a store of another group was met", world.Reached);
        bool written = false;
        new JournalHistory(world).Append(node, "p", 1, () => written = true);
        world.Eventually(() => written, "it asks the other group");
    }

    /// <summary>The first request, or the answer to it, vanishes.</summary>
    private static (World World, WorldNode Caller) Losing(ulong seed, bool answerIsLost, int lost = 1)
    {
        World world = GroupTests.Settled(seed, 3);
        WorldNode caller = world.Nodes.First(node => node != world.Leader);
        int left = lost;
        if (answerIsLost) world.Leader!.Messenger!.Filter = (_, message) => message is not QuorumReply || left-- <= 0;
        else caller.Messenger!.Filter = (_, message) => message is not QuorumRequest || left-- <= 0;
        return (world, caller);
    }
}
