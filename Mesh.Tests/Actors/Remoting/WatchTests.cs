using Mesh.Actors;
using Mesh.Actors.Cells;
using Mesh.Actors.Remoting;
using Mesh.Actors.Remoting.Protocol;
using Mesh.Actors.Remoting.Refs;
using Mesh.Tests.Simulation.Checks;
using Xunit;

namespace Mesh.Tests.Actors.Remoting;

/// <summary>Watches across nodes in virtual time, where sessions come and go as the test says.</summary>
public sealed class WatchTests : IDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("test");
    private readonly VirtualLoop _loop = new();
    private readonly ScriptedMessenger _messenger = new(1);
    private readonly HashSet<UniqueAddress> _members = [];
    private readonly RemoteActors _remote;
    private readonly List<string> _ends = [];

    public WatchTests() => _remote = RemoteActors.Start(_system, _loop, _messenger, new MessageSerializers(_system), _members.Contains);

    public void Dispose() => _system.Terminate();

    [Fact]
    public void AnActorOfAProcessThatNobodyKnows_CountsAsEnded_WhenItStaysSilent()
    {
        UniqueAddress dead = Node(7);

        Watch("a", dead);
        _loop.Run(1);
        _messenger.Disconnect(dead, SessionEnd.Refused);
        _loop.Run(20);
        _messenger.Disconnect(dead, SessionEnd.TimedOut);
        Assert.Empty(_ends);
        _loop.Run(20);

        Assert.Equal(["a of 7"], _ends);
    }

    [Fact]
    public void AMemberThatIsSilent_HasNotEnded_UntilMembershipSaysSo()
    {
        UniqueAddress member = Node(7);
        _members.Add(member);

        Watch("a", member);
        _loop.Run(3600);
        Assert.Empty(_ends);
        _members.Remove(member);
        _remote.OnNodeGone(member);
        _remote.OnNodeGone(member);
        _loop.Run(60);

        Assert.Equal(["a of 7"], _ends);
    }

    [Fact]
    public void AStrangerThatAnswersInTime_IsWatchedOn()
    {
        UniqueAddress joiner = Node(7);

        Watch("a", joiner);
        _loop.Run(25);
        _messenger.Connect(joiner);
        _loop.Run(3600);
        Assert.Empty(_ends);
        _messenger.Disconnect(joiner);
        _loop.Run(40);

        Assert.Equal(["a of 7"], _ends);
    }

    [Fact]
    public void WhatWasWatchedByPath_CanBeLetGo_AfterAnotherProcessTookTheAddress()
    {
        UniqueAddress first = Node(7), second = new(first.Address, 8);
        _members.UnionWith([first, second]);
        _messenger.Connect(first);
        (RemoteActorRef actor, SignalRef watcher) = Watch("a", first with { Uid = 0 });
        _loop.Run(1);
        _messenger.Disconnect(first);
        _messenger.Connect(second);

        actor.SendSystem(new UnwatchMessage(watcher));
        _loop.Run(1);
        _remote.OnNodeGone(first);
        _loop.Run(1);

        Assert.Empty(_ends);
    }

    [Fact]
    public void WhatAStrangerWatchesHere_IsLetGo_WhenItStaysAway()
    {
        UniqueAddress stranger = Node(7);
        IActorRef local = _system.ActorOf(Props.Create(() => new Quiet()), "here");
        _messenger.Connect(stranger);
        Footprint before = new(_remote);

        _messenger.Deliver(stranger, new WatchActors { Actors = { new WatchedActor { Path = "/user/here", Uid = local.Path.Uid } } });
        _messenger.Disconnect(stranger);
        _loop.Run(60);

        Assert.Empty(GrownSince(before));
    }

    [Fact]
    public void AThousandProcesses_WatchedAndWatching_LeaveNothingBehind()
    {
        IActorRef local = _system.ActorOf(Props.Create(() => new Quiet()), "here");
        Footprint before = new(_remote);

        for (ulong uid = 1000; uid < 2000; uid++)
        {
            UniqueAddress peer = new(new Address("test", "10.0.0.2", 4150), uid);
            if (uid % 2 == 0) _members.Add(peer);
            _messenger.Connect(peer);
            Watch("a", peer);
            Watch("b", peer with { Uid = 0 });
            (RemoteActorRef actor, SignalRef watcher) = Watch("c", peer);
            WatchedActor here = new() { Path = "/user/here", Uid = local.Path.Uid };
            _messenger.Deliver(peer, new WatchActors { Actors = { here }, First = true, Sync = 1 });
            _loop.Run(1);
            actor.SendSystem(new UnwatchMessage(watcher));
            _loop.Run(1);
            _messenger.Disconnect(peer);
            if (_members.Remove(peer)) _remote.OnNodeGone(peer);
        }

        _loop.Run(120);

        Assert.Equal(2000, _ends.Count);
        Assert.Empty(GrownSince(before));
    }

    [Fact]
    public void MessagesThatWaitForTheLoop_AreBoundedByTheirBytes()
    {
        var far = new RemoteActorRef(_remote, Node(7), ActorPath.Root(Node(7).Address).Child("user").Child("far"));
        byte[] big = new byte[1_000_000];

        for (int i = 0; i < 100; i++) far.Tell(big, null);

        Assert.Equal(100 - 68, _system.DeadLetterCount);
        _loop.Run(1);
        Assert.Equal(68, _messenger.Sent.Count(each => each.Message is ActorEnvelope));
    }

    /// <summary>Without the actor system, which starts on threads of its own, and the removed, who are remembered up to a limit.</summary>
    private IEnumerable<string> GrownSince(Footprint before) => new Footprint(_remote).GrownSince(before, 0)
        .Where(line => !line.Contains(".System.", StringComparison.Ordinal) && !line.Contains("_gone", StringComparison.Ordinal));

    private static UniqueAddress Node(ulong uid) => new(new Address("test", "10.0.0.2", 4150), uid);

    private (RemoteActorRef Actor, SignalRef Watcher) Watch(string name, UniqueAddress node)
    {
        var actor = new RemoteActorRef(_remote, node, ActorPath.Root(node.Address).Child("user").Child(name));
        var watcher = new SignalRef(_system, ActorPath.Root(node.Address).Child("watcher"), signal =>
        {
            if (signal is DiedMessage) _ends.Add($"{name} of {node.Uid}");
        });
        actor.SendSystem(new WatchMessage(actor, watcher));
        return (actor, watcher);
    }

    private sealed class Quiet : ActorBase
    {
        protected override bool Receive(object message) => true;
    }
}
