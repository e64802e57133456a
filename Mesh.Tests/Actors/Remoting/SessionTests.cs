using Mesh.Actors;
using Mesh.Actors.Remoting;
using Xunit;

namespace Mesh.Tests.Actors.Remoting;

public sealed class SessionTests
{
    private static readonly RemotingSettings Quick = new() { MinBackoff = TimeSpan.FromMilliseconds(20) };

    [Fact]
    public async Task BothSidesHearOfTheSession_AndTheMessageArrives()
    {
        await using TestNode one = new(1);
        await using TestNode two = new(2);

        Assert.True(await one.Send(two, "hello"));

        await one.Expect("+2");
        await two.Expect("+1", "1:hello");
        Assert.NotNull(await two.On(() => two.Messenger.SilentFor(one.Self)));
    }

    [Fact]
    public async Task Contact_ReachesWhoeverListens_AndTellsWhoItIs()
    {
        await using TestNode one = new(1);
        await using TestNode two = new(2);

        await one.On(() => one.Messenger.Contact(two.Self.Address, TestNode.Message("who")));

        await two.Expect("+1", "1:who");
        await one.Expect("+2");
    }

    [Fact]
    public async Task Contact_WithOneself_IsDropped()
    {
        await using TestNode one = new(1);

        await one.On(() => one.Messenger.Contact(one.Self.Address, TestNode.Message("me")));
        await one.On(() => one.Messenger.Contact(one.Self.Address with { Host = "localhost" }, TestNode.Message("me")));

        await one.Eventually(() => one.Messenger.Counters.Drops(DropReason.Myself) == 2);
        Assert.Equal(0, one.Messenger.Counters.Sessions);
    }

    [Fact]
    public async Task EachLane_KeepsItsOrder_AlsoWithSlicedMessages()
    {
        await using TestNode one = new(1);
        await using TestNode two = new(2);

        await one.On(() =>
        {
            for (int i = 0; i < 20; i++) one.Messenger.Send(two.Self, TestNode.Message("bulk", 300_000 + i), Lane.Bulk);
            for (int i = 0; i < 200; i++) one.Messenger.Send(two.Self, TestNode.Message("user", 5000 + i), Lane.User);
        });

        Dictionary<string, List<int>> seen = new() { ["1:bulk"] = [], ["1:user"] = [] };
        await two.Expect("+1");
        int lastUserAt = 0;
        for (int i = 0; i < 220; i++)
        {
            string[] note = (await two.Next()).Split('/');
            seen[note[0]].Add(int.Parse(note[1], System.Globalization.CultureInfo.InvariantCulture));
            if (note[0] == "1:user") lastUserAt = i;
        }

        Assert.Equal(Enumerable.Range(300_000, 20), seen["1:bulk"]);
        Assert.Equal(Enumerable.Range(5000, 200), seen["1:user"]);
        Assert.True(lastUserAt < 215, "bulk delayed user messages");
    }

    [Fact]
    public async Task SimultaneousOpens_MakeOneSession_TimeAndAgain()
    {
        for (ulong round = 0; round < 20; round++)
        {
            await using TestNode one = new(1 + round);
            await using TestNode two = new(100 - round);

            await Task.WhenAll(one.Send(two, "a"), two.Send(one, "b"), one.Send(two, "c", Lane.User), two.Send(one, "d", Lane.User));

            await Until(one, $"+{two.Self.Uid}", $"{two.Self.Uid}:b", $"{two.Self.Uid}:d");
            await Until(two, $"+{one.Self.Uid}", $"{one.Self.Uid}:a", $"{one.Self.Uid}:c");
            Assert.Equal(1, one.Messenger.Counters.Sessions);
            Assert.Equal(0, Enum.GetValues<SessionEnd>().Sum(one.Messenger.Counters.SessionEnds));
            Assert.Equal(0, Enum.GetValues<SessionEnd>().Sum(two.Messenger.Counters.SessionEnds));
        }

        static async Task Until(TestNode node, params string[] notes)
        {
            HashSet<string> open = [.. notes];
            while (open.Count > 0) Assert.True(open.Remove(await node.Next()));
        }
    }

    [Fact]
    public async Task ABrokenSession_ComesBack_WhenThereIsSomethingToSend()
    {
        await using TestNode one = new(1, Quick);
        await using TestNode two = new(2);
        await using TestRelay relay = new(two.EndPoint);
        UniqueAddress viaRelay = new(two.Self.Address with { Port = relay.Port }, 2);
        await one.On(() => one.Messenger.Send(viaRelay, TestNode.Message("before")));
        await two.Expect("+1", "1:before");
        await one.Expect("+2");

        relay.Reset();
        await one.Expect("-2 Broken");
        await one.On(() => one.Messenger.Send(viaRelay, TestNode.Message("after")));

        await one.Expect("+2");
        await two.Until("1:after");
    }

    [Fact]
    public async Task NobodyListens_IsToldOnce_AndTriedAgainUntilSomebodyDoes()
    {
        await using TestNode one = new(1, Quick);
        TestNode gone = new(2);
        await gone.DisposeAsync();

        await one.On(() => one.Messenger.Send(gone.Self, TestNode.Message("wait")));
        await one.Expect("-2 Refused");
        await using TestNode back = new(2, new RemotingSettings { Bind = gone.EndPoint });

        await back.Expect("+1", "1:wait");
        await one.Expect("+2");
    }

    [Fact]
    public async Task AnotherProcessAtTheAddress_IsToldApart()
    {
        await using TestNode one = new(1);
        await using TestNode two = new(2);
        UniqueAddress former = new(two.Self.Address, 99);

        await one.On(() => one.Messenger.Send(former, TestNode.Message("old")));

        await one.Expect("+2", "-99 OtherUid");
        await two.Expect("+1");
        Assert.Equal(1, one.Messenger.Counters.Drops(DropReason.OtherUid));
    }

    [Fact]
    public async Task WordsForAFormerProcess_LeaveTheSessionWithItsSuccessorAlone()
    {
        await using TestNode one = new(1, Quick);
        await using TestNode two = new(2);
        UniqueAddress former = new(two.Self.Address, 99);
        await one.Send(two, "first");
        await one.Expect("+2");
        await two.Expect("+1", "1:first");

        await one.On(() => one.Messenger.Send(former, TestNode.Message("old")));
        await one.Expect("-99 OtherUid");
        await one.Send(two, "second");

        await two.Expect("1:second");
        Assert.Equal(1, one.Messenger.Counters.Drops(DropReason.OtherUid));
    }

    [Fact]
    public async Task TheForgotten_AreRefused_AndGetNothing()
    {
        await using TestNode one = new(1);
        await using TestNode two = new(2, Quick);
        await one.Send(two, "x");
        await two.Expect("+1", "1:x");
        await one.Expect("+2");

        await one.On(() => one.Messenger.Forget(two.Self));

        await one.Expect("-2 Forgotten");
        await two.Expect("-1 Forgotten");
        Assert.False(await one.Send(two, "y"));
        await two.Send(one, "z");
        await two.Eventually(() => two.Messenger.Counters.HandshakeFailures(SessionEnd.Forgotten) > 0);
        Assert.Null(await one.On(() => one.Messenger.SilentFor(two.Self)));
    }

    [Fact]
    public async Task AHandlerThatThrows_CostsNeitherSessionNorLoop()
    {
        await using TestNode one = new(1);
        await using TestNode two = new(2);

        await one.Send(two, "throw");
        await one.Send(two, "next");

        await two.Expect("+1", "1:next");
        Assert.Equal(1, two.Messenger.Counters.HandlerFailures);
    }

    [Fact]
    public async Task FullQueues_TurnTheNewestAway_AndTooBigIsRefusedAtOnce()
    {
        await using TestNode one = new(1, new RemotingSettings { MaxQueuedMessages = 3 });
        await using TestNode two = new(2);

        bool[] taken = await one.On(() => Enumerable.Range(0, 5).Select(i => one.Messenger.Send(two.Self, TestNode.Message($"{i}"))).ToArray());
        bool big = await one.Send(two, "big", Lane.Control, 70_000);

        Assert.Equal([true, true, true, false, false], taken);
        Assert.False(big);
        Assert.Equal(2, one.Messenger.Counters.Drops(DropReason.QueueFull));
        Assert.Equal(1, one.Messenger.Counters.Drops(DropReason.TooBig));
        await two.Expect("+1", "1:0", "1:1", "1:2");
    }

    [Fact]
    public async Task IdleDataConnections_AreClosed_AndOpenedAgain_InOneSession()
    {
        await using TestNode one = new(1, new RemotingSettings { IdleDataTimeout = TimeSpan.FromMilliseconds(50) });
        await using TestNode two = new(2);
        await one.Send(two, "first", Lane.User);
        await two.Expect("+1", "1:first");

        await one.Eventually(() => one.Messenger.Table.Find(two.Self)!.Data is null);
        await two.Eventually(() => two.Messenger.Table.Find(one.Self)!.Data is null);
        await two.Send(one, "second", Lane.User);
        await one.Expect("+2", "2:second");

        Assert.Equal(0, Enum.GetValues<SessionEnd>().Sum(one.Messenger.Counters.SessionEnds));
    }

    [Fact]
    public async Task TheLastWordsOfANode_LeaveBeforeItCloses()
    {
        await using TestNode one = new(1);
        await using TestNode two = new(2);
        await one.Send(two, "first");
        await two.Expect("+1", "1:first");

        await one.On(() =>
        {
            // In one turn of the loop, as a shutdown does that is asked for by a message.
            one.Messenger.Send(two.Self, TestNode.Message("last"));
            one.Messenger.Table.CloseAll();
        });

        await two.Expect("1:last", "-1 Closed");
        await one.On(() => one.Messenger.Send(two.Self, TestNode.Message("too late")));
        Assert.Equal(0, one.Messenger.Counters.Sessions);
    }

    [Fact]
    public async Task TheSystemLooksWhetherAnIdlePeerIsStillThere()
    {
        if (!OperatingSystem.IsLinux()) return;
        await using TestNode one = new(1);
        await using TestNode two = new(2);
        await one.Send(two, "first");
        await two.Expect("+1", "1:first");

        // proc(5), /proc/net/tcp: local, remote, state, queues, timer:when; timer 02 is the keep-alive's, in hundredths of a second.
        string port = $":{two.Self.Address.Port:X4}";
        await one.Eventually(() =>
        {
            int[] due = [.. File.ReadLines("/proc/self/net/tcp").Concat(File.ReadLines("/proc/self/net/tcp6"))
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(line => line[3] == "01" && line[1..3].Any(end => end.EndsWith(port, StringComparison.Ordinal)))
                .Where(line => line[5].StartsWith("02:", StringComparison.Ordinal))
                .Select(line => Convert.ToInt32(line[5][3..], 16))];
            return due.Length == 2 && due.All(each => each <= 100 * RemotingSettings.DefaultSilenceTimeout.TotalSeconds / 2);
        });
    }

    [Fact]
    public async Task AMessageToOneself_IsHandledLater()
    {
        await using TestNode one = new(1);

        Assert.True(await one.Send(one, "self"));

        await one.Expect("1:self");
    }
}
