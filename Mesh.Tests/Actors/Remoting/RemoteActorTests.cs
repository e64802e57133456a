using System.Threading.Channels;
using Mesh.Actors;
using Mesh.Actors.Remoting;
using Mesh.Actors.Remoting.Refs;
using Xunit;

namespace Mesh.Tests.Actors.Remoting;

[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Disposed asynchronously.")]
public sealed class RemoteActorTests : IAsyncLifetime
{
    private static readonly RemotingSettings Quick = new() { MinBackoff = TimeSpan.FromMilliseconds(20) };
    private readonly ActorNode _one = new(1, Quick);
    private readonly ActorNode _two = new(2, Quick);

    public async Task InitializeAsync()
    {
        await _one.Start();
        await _two.Start();
    }

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
    }

    [Fact]
    public async Task Tell_ReachesTheActor_AndItsAnswerReachesTheSender()
    {
        IActorRef echo = _two.Start("echo", (message, sender, self) => sender.Tell($"{message}!", self));
        Channel<object> heard = Channel.CreateUnbounded<object>();
        IActorRef asker = _one.Start("asker", (message, _, _) => heard.Writer.TryWrite(message));

        _one.See(echo).Tell("hello", asker);

        Assert.Equal("hello!", await Next(heard));
    }

    [Fact]
    public async Task Ask_IsAnsweredAcrossNodes_AndLeavesNothingBehind()
    {
        IActorRef echo = _two.Start("echo", (message, sender, self) => sender.Tell($"{message}!", self));

        string answer = await _one.See(echo).Ask<string>("who", TestNode.Patience);

        Assert.Equal("who!", answer);
        await _one.Node.Eventually(() => _one.System.LocalRefs.Promises == 0);
    }

    [Fact]
    public async Task Ask_ThrowsTheOtherSidesFailure_AndTellsWhatCannotBeSent()
    {
        IActorRef failing = _two.Start("failing", (_, sender, self) => sender.Tell(new Status.Failure(new FormatException("no good")), self));

        IActorRef remote = _one.See(failing);
        RemoteFailureException failure = await Assert.ThrowsAsync<RemoteFailureException>(() => remote.Ask<string>("x", TestNode.Patience));
        await Assert.ThrowsAsync<MessageNotSentException>(() => remote.Ask<string>(new object(), TestNode.Patience));

        Assert.Equal(("FormatException", "no good"), (failure.Type, failure.Message));
        Assert.Equal(1, _one.Node.Messenger.Counters.Drops(DropReason.NoSerializer));
    }

    [Fact]
    public async Task APathWithoutUids_MeansWhoeverIsThere()
    {
        _two.Start("echo", (message, sender, self) => sender.Tell($"{message}!", self));
        IActorRef remote = _one.System.Resolve($"{_two.System.Address}/user/echo");

        Assert.Equal("a!", await remote.Ask<string>("a", TestNode.Patience));
        Assert.Equal("b!", await remote.Ask<string>("b", TestNode.Patience));
    }

    [Fact]
    public async Task MessagesForNobody_AreDeadLettersOverThere()
    {
        IActorRef nobody = _one.System.Resolve($"{_two.System.Address}/user/nobody");

        nobody.Tell("lost", null);

        await _two.Node.Eventually(() => _two.System.DeadLetterCount == 1);
    }

    [Fact]
    public async Task TheWatcherHearsTheEnd_Once_AfterTheLastWords()
    {
        IActorRef mortal = _two.Start("mortal", (message, sender, self) =>
        {
            for (int i = 0; i < 50; i++) sender.Tell($"word {i}", self);
            self.Tell(PoisonPill.Instance, null);
        });
        (IActorRef watcher, Channel<object> heard) = _one.Watch(_one.See(mortal));
        _one.See(mortal).Tell("die", watcher);

        for (int i = 0; i < 50; i++) Assert.Equal($"word {i}", await Next(heard));
        Assert.Equal(_one.See(mortal), (await Next(heard) as Terminated)?.ActorRef);
    }

    [Fact]
    public async Task WatchingWhoDoesNotExist_IsAnsweredAtOnce()
    {
        IActorRef nobody = _one.System.Resolve($"{_two.System.Address}/user/nobody#4711.{2:x16}");

        (_, Channel<object> heard) = _one.Watch(nobody);

        Assert.Equal(nobody, (await Next(heard) as Terminated)?.ActorRef);
    }

    [Fact]
    public async Task ANodeThatIsGone_TakesItsActorsAlong_ExactlyOnce()
    {
        IActorRef first = _two.Start("first", (_, _, _) => { });
        IActorRef second = _two.Start("second", (_, _, _) => { });
        (_, Channel<object> heard) = _one.Watch(_one.See(first));
        (_, Channel<object> heardToo) = _one.Watch(_one.See(second));
        await _two.Node.Until("+1");

        _one.Remote.OnNodeGone(_two.Node.Self);
        _one.Remote.OnNodeGone(_two.Node.Self);
        _two.System.Stop(first);

        Assert.IsType<Terminated>(await Next(heard));
        Assert.IsType<Terminated>(await Next(heardToo));
        (_, Channel<object> late) = _one.Watch(_one.See(second));
        Assert.IsType<Terminated>(await Next(late));
        Assert.False(heard.Reader.TryRead(out _));
    }

    [Fact]
    public async Task AnEndDuringABreak_IsHeardAfterTheNextSession_Once()
    {
        await using TestRelay relay = new(_two.Node.EndPoint);
        IActorRef mortal = _two.Start("mortal", (_, _, _) => { });
        string text = _two.Serializers.WriteRef(mortal).Replace($":{_two.Node.EndPoint.Port}/", $":{relay.Port}/", StringComparison.Ordinal);
        IActorRef viaRelay = _one.System.Resolve(text);
        (IActorRef watcher, Channel<object> heard) = _one.Watch(viaRelay);
        await _two.Node.Until("+1");

        relay.Stop();
        _two.System.Stop(mortal);
        relay.Reset();
        relay.Resume();

        Assert.Equal(viaRelay, (await Next(heard) as Terminated)?.ActorRef);
        // A second obituary would be in the mailbox before the answer to a message sent after the list was said again.
        watcher.Tell("probe", null);
        Assert.Equal("probe", await Next(heard));
    }

    [Fact]
    public void Refs_SurviveTheirText()
    {
        IActorRef local = _one.Start("a", (_, _, _) => { });
        MessageSerializers serializers = _one.Serializers;

        Assert.Same(local, serializers.ReadRef(serializers.WriteRef(local)));
        IActorRef remote = _two.Serializers.ReadRef(serializers.WriteRef(local));
        Assert.Equal(serializers.WriteRef(local), _two.Serializers.WriteRef(remote));
        Assert.Same(_one.System.DeadLetters, serializers.ReadRef("nonsense"));
        string former = serializers.WriteRef(local).Replace($".{1:x16}", $".{9:x16}", StringComparison.Ordinal);
        Assert.Same(_one.System.DeadLetters, serializers.ReadRef(former));
        Assert.Same(_one.System.DeadLetters, _one.System.Resolve($"{_one.System.Address}/user"));
        Assert.Equal("", serializers.WriteRef(null));
    }

    [Fact]
    public void EveryRegisteredMessage_SurvivesItsBytes()
    {
        object[] messages = ["text", 5, 6L, true, PoisonPill.Instance, new Status.Success("inner"), new Status.Success()];

        foreach (object message in messages)
        {
            Assert.True(_one.Serializers.TrySerialize(message, out SerializedMessage bytes));
            Assert.True(_two.Serializers.TryDeserialize(bytes.Manifest, bytes.Payload, out object? back));
            Assert.Equal(message, back);
        }

        Assert.False(_one.Serializers.TryDeserialize("int64.v1", new byte[3], out _));
        Assert.False(_one.Serializers.TryDeserialize("of.v9", new byte[3], out _));
        Assert.False(_one.Serializers.TrySerialize(new object(), out _));
    }

    private static async Task<object> Next(Channel<object> heard)
    {
        using CancellationTokenSource cut = new(TestNode.Patience);
        return await heard.Reader.ReadAsync(cut.Token);
    }

    /// <summary>A node with actors.</summary>
    private sealed class ActorNode(ulong uid, RemotingSettings settings) : IAsyncDisposable
    {
        public ActorSystem System { get; } = ActorSystem.Create("test");

        public TestNode Node { get; } = new(uid, settings, handleEnvelopes: false);

        public MessageSerializers Serializers { get; private set; } = null!;

        public RemoteActors Remote { get; private set; } = null!;

        public async Task Start()
        {
            Serializers = new MessageSerializers(System);
            Remote = await Node.On(() => RemoteActors.Start(System, Node.Control, Node.Messenger, Serializers, _ => true, Node.Messenger.Counters));
        }

        public IActorRef Start(string name, Action<object, IActorRef, IActorRef> receive) =>
            System.ActorOf(Props.Create(() => new Scripted(receive)), name);

        /// <summary>The same actor, as this node sees it.</summary>
        public IActorRef See(IActorRef actor) =>
            Serializers.ReadRef(new MessageSerializers(((Mesh.Actors.Cells.IInternalActorRef)actor).System).WriteRef(actor));

        public (IActorRef Watcher, Channel<object> Heard) Watch(IActorRef actor)
        {
            Channel<object> heard = Channel.CreateUnbounded<object>();
            return (System.ActorOf(Props.Create(() => new Watcher(actor, heard))), heard);
        }

        public async ValueTask DisposeAsync()
        {
            await System.Terminate().WaitAsync(TestNode.Patience);
            await Node.DisposeAsync();
        }

        private sealed class Scripted(Action<object, IActorRef, IActorRef> receive) : ActorBase
        {
            protected override bool Receive(object message)
            {
                receive(message, Context.Sender, Context.Self);
                return true;
            }
        }

        private sealed class Watcher(IActorRef actor, Channel<object> heard) : ActorBase
        {
            protected override void PreStart() => Context.Watch(actor);

            protected override bool Receive(object message) => heard.Writer.TryWrite(message);
        }
    }
}
