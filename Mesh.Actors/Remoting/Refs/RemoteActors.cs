using System.Collections.Concurrent;
using Google.Protobuf;
using Mesh.Actors.Cells;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Remoting.Protocol;

namespace Mesh.Actors.Remoting.Refs;

/// <summary>
/// The actors of other nodes: carries Tell, answers of Ask, watches and obituaries over the messenger. Actors speak from any thread; one post
/// to the control loop carries all that came since the last.
/// </summary>
public sealed class RemoteActors
{
    /// <summary>Messages of this node's actors that wait for the control loop; more become dead letters.</summary>
    public const int MaxOutbound = 10_000;

    /// <summary>Bytes of their payloads; one message more may be above it for each thread that sends.</summary>
    public const long MaxOutboundBytes = 64L * 1024 * 1024;

    private const int PerTurn = 1024;

    private readonly ConcurrentQueue<Outbound> _outbound = new();
    private readonly ControlLoop _loop;
    private readonly INodeMessenger _messenger;
    private readonly IMessageSerializer _serializer;
    private readonly RemotingCounters _counters;
    private readonly RemoteWatches _watches;
    private readonly WatchedHere _watched;
    private int _waiting;
    private long _waitingBytes;
    private int _scheduled;

    private RemoteActors(
        ActorSystem system, ControlLoop loop, INodeMessenger messenger, IMessageSerializer serializer, Func<UniqueAddress, bool> isMember,
        RemotingCounters counters)
    {
        System = system;
        Self = messenger.Self;
        (_loop, _messenger, _serializer, _counters) = (loop, messenger, serializer, counters);
        _watches = new RemoteWatches(loop, messenger, isMember);
        _watched = new WatchedHere(system, loop, messenger, isMember, Do);
    }

    /// <summary>This process.</summary>
    public UniqueAddress Self { get; }

    internal ActorSystem System { get; }

    /// <summary>
    /// Gives the system its address, and its refs their way to other nodes. On the control loop, before anybody has sent a ref away; once a system.
    /// </summary>
    /// <param name="system">Whose actors speak.</param>
    /// <param name="loop">Where what they say leaves.</param>
    /// <param name="messenger">Of the node; of the system's name.</param>
    /// <param name="serializer">What may cross.</param>
    /// <param name="isMember">
    /// Whether membership lists a process. Of members it tells the end (<see cref="OnNodeGone"/>); of all others nobody would, so silence has to do.
    /// On the loop.
    /// </param>
    /// <param name="counters">Null: nobody looks.</param>
    /// <exception cref="InvalidOperationException">The system has it already.</exception>
    public static RemoteActors Start(
        ActorSystem system, ControlLoop loop, INodeMessenger messenger, IMessageSerializer serializer, Func<UniqueAddress, bool> isMember,
        RemotingCounters? counters = null)
    {
        if (system.Remote is not null) throw new InvalidOperationException($"{system.Name} speaks with other nodes already");
        if (messenger.Self.Address.System != system.Name)
            throw new ArgumentException($"the messenger is of the system {messenger.Self.Address.System}, not of {system.Name}", nameof(messenger));
        RemoteActors remote = new(system, loop, messenger, serializer, isMember, counters ?? new RemotingCounters());
        system.Remote = remote;
        messenger.Handle<ActorEnvelope>(remote.OnEnvelope);
        messenger.Handle<WatchActors>(remote._watched.OnWatch);
        messenger.Handle<UnwatchActors>(remote._watched.OnUnwatch);
        messenger.Handle<ActorsDied>((node, message) => remote._watches.OnDied(node, message));
        messenger.PeerConnected += (node, _) => remote._watches.OnConnected(node);
        messenger.PeerDisconnected += (node, _) =>
        {
            remote._watches.OnDisconnected(node);
            remote._watched.OnDisconnected(node);
        };
        return remote;
    }

    /// <summary>
    /// A node was removed or downed: whoever watched an actor there gets its Terminated, and what it watched here is let go. Any thread.
    /// </summary>
    public void OnNodeGone(UniqueAddress node) => Do(() =>
    {
        _watches.OnNodeGone(node);
        _watched.OnNodeGone(node);
    });

    internal void Tell(RemoteActorRef to, object message, IActorRef? sender)
    {
        if (!_serializer.TrySerialize(message, out SerializedMessage serialized))
        {
            string why = $"no serializer is registered for {message.GetType().Name}, sent to {to.Path}";
            NotSent(to, message, sender, DropReason.NoSerializer);
            System.Log(new LogEvent(LogLevel.Warning, "remoting", why));
            if (sender is IPromiseRef) sender.Tell(new Status.Failure(new MessageNotSentException(why)), null);
            return;
        }

        if (Volatile.Read(ref _waiting) >= MaxOutbound || Volatile.Read(ref _waitingBytes) >= MaxOutboundBytes)
        {
            NotSent(to, message, sender, DropReason.QueueFull);
            return;
        }

        ActorEnvelope envelope = new()
        {
            Recipient = to.Elements,
            RecipientUid = to.Path.Uid,
            Sender = _serializer.WriteRef(sender),
            Manifest = serialized.Manifest,
            Payload = UnsafeByteOperations.UnsafeWrap(serialized.Payload),
        };
        Enqueue(new Outbound(to, envelope, message, sender, null));
    }

    internal void Watch(RemoteActorRef actor, IInternalActorRef watcher) => Do(() => _watches.Watch(actor, watcher));

    internal void Unwatch(RemoteActorRef actor, IInternalActorRef watcher) => Do(() => _watches.Unwatch(actor, watcher));

    /// <summary>Runs on the loop, after what this thread has sent before.</summary>
    private void Do(Action call) => Enqueue(new Outbound(null, null, null, null, call));

    private void Enqueue(in Outbound outbound)
    {
        Interlocked.Increment(ref _waiting);
        Interlocked.Add(ref _waitingBytes, outbound.Bytes);
        _outbound.Enqueue(outbound);
        if (Interlocked.Exchange(ref _scheduled, 1) == 0) _loop.Post(Drain);
    }

    private void Drain()
    {
        // Down before the first look: who enqueues after it posts again, who did before is seen here.
        Interlocked.Exchange(ref _scheduled, 0);
        for (int i = 0; i < PerTurn && _outbound.TryDequeue(out Outbound next); i++)
        {
            Interlocked.Decrement(ref _waiting);
            Interlocked.Add(ref _waitingBytes, -next.Bytes);
            if (next.Call is { } call) call();
            else Send(next);
        }

        if (!_outbound.IsEmpty && Interlocked.Exchange(ref _scheduled, 1) == 0) _loop.Post(Drain);
    }

    private void Send(in Outbound next)
    {
        RemoteActorRef to = next.To!;
        // The messenger counts what it drops.
        if (to.Node.Uid == 0) _messenger.Contact(to.Node.Address, next.Envelope!);
        else if (!_messenger.Send(to.Node, next.Envelope!, Lane.User)) NotSent(to, next.Message!, next.Sender, null);
    }

    private void NotSent(RemoteActorRef to, object message, IActorRef? sender, DropReason? reason)
    {
        if (reason is { } known) _counters.Drop(known);
        System.DeadLetterOffice.Accept(new DeadLetter(message, sender, to, DeadLetterReason.NotSent));
    }

    private void OnEnvelope(UniqueAddress node, ActorEnvelope envelope)
    {
        IActorRef? sender = envelope.Sender.Length == 0 ? null : _serializer.ReadRef(envelope.Sender);
        if (!_serializer.TryDeserialize(envelope.Manifest, envelope.Payload.Memory, out object? message))
        {
            _counters.Drop(DropReason.UnknownManifest);
            System.Log(new LogEvent(LogLevel.Debug, "remoting", $"{node.Address} sent a {envelope.Manifest}, which nobody here can read"));
            if (sender is RemoteActorRef asker && envelope.Sender.Contains("/temp/", StringComparison.Ordinal))
                asker.Tell(new Status.Failure(new MessageNotSentException($"{Self.Address} cannot read {envelope.Manifest}")), null);
            return;
        }

        if (System.LocalRefs.Find(envelope.Recipient, envelope.RecipientUid) is { } recipient) recipient.Tell(message, sender);
        else System.DeadLetterOffice.Accept(new DeadLetter(message, sender, System.DeadLetters, DeadLetterReason.Stopped));
    }

    private readonly record struct Outbound(RemoteActorRef? To, ActorEnvelope? Envelope, object? Message, IActorRef? Sender, Action? Call)
    {
        public int Bytes => Envelope?.Payload.Length ?? 0;
    }
}
