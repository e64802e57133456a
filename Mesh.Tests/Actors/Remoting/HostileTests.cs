using System.Net.Sockets;
using Mesh.Actors.Remoting;
using Mesh.Actors.Remoting.Frames;
using Mesh.Actors.Remoting.Protocol;
using Mesh.Actors.Remoting.Sessions;
using Mesh.Tests.Simulation.Checks;
using Mesh.Wire.Buffers;
using Xunit;

namespace Mesh.Tests.Actors.Remoting;

/// <summary>Peers that do not play by the rules, and networks that do not.</summary>
public sealed class HostileTests
{
    [Theory]
    [InlineData("other", null, 1, 1, 7UL, SessionEnd.OtherCluster)]
    [InlineData("test", "ffffffffffffffffffffffffffffffff", 1, 1, 7UL, SessionEnd.OtherCluster)]
    [InlineData("test", null, 2, 3, 7UL, SessionEnd.OtherProtocol)]
    [InlineData("test", null, 1, 1, 8UL, SessionEnd.OtherConfig)]
    public async Task WhoDoesNotMatch_HearsWhy(string name, string? id, int min, int max, ulong config, SessionEnd why)
    {
        await using TestNode one = new(1, hello: TestNode.PlainHello with { ClusterId = "00000000000000000000000000000000" });
        NodeHello other = TestNode.PlainHello with { ClusterName = name, ClusterId = id, ProtocolMin = min, ProtocolMax = max, ConfigHash = config };
        await using TestNode two = new(2, hello: other);

        await two.Send(one, "x");

        await two.Expect($"-1 {why}");
        await one.Eventually(() => one.Messenger.Counters.HandshakeFailures(why) == 1);
        Assert.Equal(0, one.Messenger.Counters.Sessions);
    }

    [Fact]
    public async Task AClusterIdThatOnlyOneSideKnows_IsFine()
    {
        await using TestNode one = new(1, hello: TestNode.PlainHello with { ClusterId = "00000000000000000000000000000000" });
        await using TestNode two = new(2);

        await two.Send(one, "x");

        await one.Expect("+2", "2:x");
    }

    [Fact]
    public async Task BytesOneAtATime_MakeTheSameSession()
    {
        await using TestNode one = new(1);
        await using TestNode two = new(2);
        await using TestRelay relay = new(two.EndPoint, piece: 1);
        Mesh.Actors.UniqueAddress viaRelay = new(two.Self.Address with { Port = relay.Port }, 2);

        await one.On(() => one.Messenger.Send(viaRelay, TestNode.Message("slow")));
        await one.On(() => one.Messenger.Send(viaRelay, TestNode.Message("slower", 700), Lane.User));

        await two.Expect("+1", "1:slow", "1:slower/700");
    }

    [Fact]
    public async Task AFloodOfGarbage_HoldsOnlyItsPlaces_AndNodesStillMeet()
    {
        RemotingSettings small = new()
        {
            MaxHalfOpen = 8,
            HandshakeTimeout = TimeSpan.FromMilliseconds(300),
            MinBackoff = TimeSpan.FromMilliseconds(50),
        };
        await using TestNode one = new(1, small);
        await using TestNode two = new(2, small);
        List<Socket> silent = [];
        for (int i = 0; i < 40; i++) silent.Add(await Connect(one));
        byte[] garbage = new byte[5000];
        new Random(5).NextBytes(garbage);
        await silent[0].SendAsync(garbage);

        await one.Eventually(() => one.Messenger.HalfOpen <= 8 && one.Messenger.Counters.HandshakeFailures(SessionEnd.Refused) > 0);
        await two.Send(one, "through");
        await two.Eventually(() => two.Messenger.Counters.Sessions == 1 || !two.Messenger.Send(one.Self, TestNode.Message("again")));

        await one.Until("+2");
        silent.ForEach(socket => socket.Dispose());
        await one.Eventually(() => one.Messenger.HalfOpen == 0);
    }

    [Fact]
    public async Task AMalformedFrame_EndsThisSessionOnly()
    {
        await using TestNode one = new(1);
        await using TestNode two = new(2);
        await two.Send(one, "x");
        await one.Expect("+2", "2:x");
        using Socket rogue = await Greeted(one, uid: 3);
        await one.Expect("+3");

        await rogue.SendAsync(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 10, 0, 1, 0, 0, 0 });

        await one.Expect("-3 Malformed");
        await two.Send(one, "y");
        await one.Expect("2:y");
    }

    [Fact]
    public async Task AKindOfANewerVersion_IsDroppedAndCounted_AndTheSessionLives()
    {
        await using TestNode one = new(1);
        using Socket newer = await Greeted(one, uid: 3);
        await one.Expect("+3");
        OutputBuffer output = new();
        FrameWriter writer = new();
        writer.Write(output, Lane.Control, RemotingKinds.Hello, new Hello(), 0);
        output.Release();
        writer.Write(output, Lane.Control, 65000, new Hello(), 0);
        ActorEnvelope known = TestNode.Message("known");
        writer.Write(output, Lane.Control, 10, known, known.CalculateSize());

        await newer.SendAsync(output.Pending.ToArray());

        await one.Expect("3:known");
        Assert.Equal(1, one.Messenger.Counters.Drops(DropReason.UnknownKind));
    }

    [Fact]
    public async Task APeerThatStopsReading_LosesItsSession()
    {
        await using TestNode one = new(1, new RemotingSettings { WriteTimeout = TimeSpan.FromMilliseconds(200), MaxQueuedBytes = 64 * 1024 * 1024 });
        using Socket deaf = await Greeted(one, uid: 3);
        await one.Expect("+3");
        Mesh.Actors.UniqueAddress peer = one.Messenger.Table.FindConnected(new Mesh.Actors.Address("test", "127.0.0.1", 9))!.Node;

        await one.On(() =>
        {
            for (int i = 0; i < 1000; i++) one.Messenger.Send(peer, TestNode.Message("big", 60_000));
        });

        await one.Expect("-3 Broken");
    }

    [Fact]
    public async Task AHalfOpenSession_IsReplaced_WhenThePeerComesAgain()
    {
        await using TestNode one = new(1);
        using Socket first = await Greeted(one, uid: 3);
        await one.Expect("+3");

        using Socket second = await Greeted(one, uid: 3);

        await one.Expect("-3 Broken", "+3");
        Assert.Equal(1, one.Messenger.Counters.Sessions);
    }

    [Fact]
    public async Task AnothersUid_FromAnotherAddress_TakesNoSessionOver()
    {
        await using TestNode one = new(1);
        using Socket first = await Greeted(one, uid: 3);
        await one.Expect("+3");

        using Socket thief = await Connect(one);
        await thief.SendAsync(Framed(Say(3, hello => hello.Port = 10)));

        await one.Eventually(() => one.Messenger.Counters.HandshakeFailures(SessionEnd.Untrusted) == 1);
        Assert.Equal(1, one.Messenger.Counters.Sessions);
        Assert.Equal(0, Enum.GetValues<SessionEnd>().Sum(one.Messenger.Counters.SessionEnds));
    }

    [Fact]
    public async Task AThousandProcessesThatCameAndWereRemoved_LeaveNothingBehind()
    {
        await using TestNode one = new(1);
        Footprint before = await one.On(() => new Footprint(one.Messenger.Table));

        for (ulong uid = 1000; uid < 2000; uid++)
        {
            Socket socket = await Greeted(one, uid);
            await one.Expect($"+{uid}");
            if (uid % 2 == 0) socket.Dispose();
            await one.On(() => one.Messenger.Forget(new Mesh.Actors.UniqueAddress(new Mesh.Actors.Address("test", "127.0.0.1", 9), uid)));
            await one.Next();
            socket.Dispose();
        }

        Assert.Equal(0, one.Messenger.Counters.Sessions);
        Footprint after = await one.On(() => new Footprint(one.Messenger.Table));
        // The removed are remembered up to a limit; the log is the test's own.
        Assert.All(after.GrownSince(before, 0), line => Assert.Matches(@"Forgotten|\.log\(\)", line));
        Assert.Equal((0, 0), await one.On(() => (one.Messenger.Table.Peers, one.Messenger.HalfOpen)));
    }

    [Fact]
    public async Task AHelloWithImpossibleContents_IsRefused()
    {
        await using TestNode one = new(1);
        Hello[] impossible =
        [
            Say(3, hello => hello.Port = 0),
            Say(3, hello => hello.Host = new string('x', 1000)),
            Say(0, _ => { }),
            Say(3, hello => hello.Roles.Add(Enumerable.Repeat("r", 100))),
            Say(3, hello => hello.ClusterId = "zz"),
        ];

        foreach (Hello hello in impossible)
        {
            using Socket socket = await Connect(one);
            await socket.SendAsync(Framed(hello));
        }

        await one.Eventually(() => one.Messenger.Counters.HandshakeFailures(SessionEnd.Malformed) == impossible.Length);
    }

    private static async Task<Socket> Connect(TestNode node)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(node.EndPoint);
        }
        catch (SocketException)
        {
            // Accepted and reset before the connect was told of.
        }

        return socket;
    }

    private static async Task<Socket> Greeted(TestNode node, ulong uid)
    {
        Socket socket = await Connect(node);
        await socket.SendAsync(Framed(Say(uid, _ => { })));
        return socket;
    }

    private static Hello Say(ulong uid, Action<Hello> change)
    {
        Mesh.Actors.UniqueAddress self = new(new Mesh.Actors.Address("test", "127.0.0.1", 9), uid);
        Hello hello = HelloCodec.Write(self, TestNode.PlainHello, 77, 0, Purpose.Control);
        change(hello);
        return hello;
    }

    private static byte[] Framed(Hello hello)
    {
        OutputBuffer output = new();
        new FrameWriter().Write(output, Lane.Control, RemotingKinds.Hello, hello, hello.CalculateSize());
        return output.Pending.ToArray();
    }
}
