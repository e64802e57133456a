using System.Collections.Immutable;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;
using Mesh.Actors.Sharding.Protocol;

namespace Mesh.Actors.Sharding;

/// <summary>
/// One entity type on one node: feeds its region and, while this node holds the lease, its coordinator, and does what they want done.
/// </summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class ShardType
{
    private static readonly TimeSpan s_busy = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_idle = TimeSpan.FromMilliseconds(500);

    private readonly ShardingNode _node;
    private readonly ShardTypeSetup _setup;
    private readonly CoordinatorSeat? _seat;
    private readonly EntityActors? _actors;
    private readonly ShardTypeMetrics _metrics;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ShardRegionCore _region;
    private bool _stopped;

    public ShardType(ShardingNode node, ShardTypeSetup setup)
    {
        (_node, _setup) = (node, setup);
        _metrics = new ShardTypeMetrics(node.Services.Metrics, setup.Name);
        _region = new ShardRegionCore(
            node.Self, setup.Options.NumberOfShards, setup.Props is not null, setup.Options, node.Settings, node.Membership.State, Loop.Now);
        if (setup.Props is { } props)
        {
            _seat = new CoordinatorSeat(node, setup.Name, setup.Options.NumberOfShards, Run);
            _actors = new EntityActors(node.System, Loop, setup.Name, props, setup.Parent, node.Settings, Feed);
        }

        Tick();
    }

    public string Name => _setup.Name;

    public ShardRegionCore Region => _region;

    public CoordinatorSeat? Seat => _seat;

    private ControlLoop Loop => _node.Services.Loop;

    /// <summary>Done when this node runs no shard of the type any more.</summary>
    public Task Drain()
    {
        if (_actors is null) return Task.CompletedTask;
        Feed(new RegionInput.Drain());
        return _drained.Task;
    }

    public void Stop()
    {
        _stopped = true;
        _seat?.Leave(_region.Host.IsEmpty);
    }

    public void Route(ShardingEnvelope envelope, IActorRef? sender)
    {
        bool isAsk = RegionRef.IsAsk(sender);
        if (!IsEntityId(envelope.EntityId))
        {
            GiveUp(new ShardMail(envelope.EntityId, 0, envelope.Message, sender) { IsAsk = isAsk }, MailDrop.BadName);
            return;
        }

        int shard = ShardHash.ShardOf(envelope.EntityId, _setup.Options.NumberOfShards);
        var mail = new ShardMail(envelope.EntityId, shard, envelope.Message, sender) { IsAsk = isAsk };

        // What stays here needs no bytes. Of what may go, or wait, the size is what its buffer counts.
        if (_region.Host.Find(shard) is not { Phase: ShardPhase.Active }
            && _node.Serializer.TrySerialize(envelope.Message, out SerializedMessage bytes))
        {
            (mail.Manifest, mail.Payload) = (bytes.Manifest, bytes.Payload);
        }

        Feed(new RegionInput.Route(mail));
    }

    public void OnMail(UniqueAddress from, MailFrame frame)
    {
        IActorRef? sender = frame.Sender.Length == 0 ? null : _node.Serializer.ReadRef(frame.Sender);
        ShardMail mail = ShardingFrames.FromFrame(frame, from, sender, RegionRef.IsAsk(sender));

        // Two nodes that cut the type differently would run an entity twice, in two shards, each with a good fence of its own.
        if (!IsEntityId(mail.EntityId)) GiveUp(mail, MailDrop.BadName);
        else if (mail.Shard != ShardHash.ShardOf(mail.EntityId, _setup.Options.NumberOfShards)) GiveUp(mail, MailDrop.WrongShard);
        else Feed(new RegionInput.Arrived(from, frame.Epoch, mail));
    }

    public void OnReturned(UniqueAddress from, NotOwnerFrame frame)
    {
        if (frame.Mail is not { } mail || mail.Shard >= _setup.Options.NumberOfShards) return;
        IActorRef? sender = mail.Sender.Length == 0 ? null : _node.Serializer.ReadRef(mail.Sender);
        ShardMail own = ShardingFrames.FromFrame(mail, null, sender, RegionRef.IsAsk(sender));
        Feed(new RegionInput.Returned(from, mail.Epoch, frame.Over, own));
    }

    public void OnSignal(UniqueAddress from, ShardSignal word)
    {
        switch (word.Verb)
        {
            case ShardVerb.GetShardHome or ShardVerb.ShardStarted or ShardVerb.ShardRefused or ShardVerb.BeginHandOffAck or ShardVerb.ShardStopped
                or ShardVerb.StaleTerm:
                if (_seat?.Feed(new CoordinatorInput.Signal(from, word)) != true) PointOut(from);
                break;
            default:
                Feed(new RegionInput.Signal(from, word));
                break;
        }
    }

    public void OnReport(UniqueAddress from, RegionReport report)
    {
        if (_seat?.Feed(new CoordinatorInput.Report(from, report)) != true) PointOut(from);
    }

    public void OnGrant(UniqueAddress from, RegionGrant grant) => Feed(new RegionInput.Grant(from, grant));

    public void OnView(ClusterState state, bool removed)
    {
        Feed(new RegionInput.View(state));
        _seat?.Feed(new CoordinatorInput.View(state));
        if (removed) Feed(new RegionInput.Removed());
    }

    public void OnPeerGone(UniqueAddress node) => Feed(new RegionInput.PeerGone(node));

    private void Tick()
    {
        if (_stopped) return;
        Feed(RegionInput.Tick.Instance);
        TimeSpan silence = _region.Silence(Loop.Now);
        _seat?.Tick(silence, _region.Coordinator is { } other && other != _node.Self && silence < _node.Settings.Report * 2);
        _metrics.Update(_region, _seat?.IsHeld == true, Loop.Now);
        Loop.After(_region.IsBusy ? s_busy : s_idle, Tick);
    }

    private void Feed(RegionInput input)
    {
        if (!_stopped) Run(_region.Handle(input, Loop.Now));
    }

    /// <summary>Tells one who took this node for the coordinator who it is, as far as known.</summary>
    private void PointOut(UniqueAddress from)
    {
        if (from == _node.Self || _region.Coordinator is not { } coordinator || coordinator == from || coordinator == _node.Self) return;
        _node.Send(from, ShardingFrames.ToFrame(Name, new ShardSignal(ShardVerb.CoordinatorIs, _region.Term, Owner: coordinator)));
    }

    private void Run(ImmutableArray<ShardEffect> effects)
    {
        foreach (ShardEffect effect in effects) Run(effect);
    }

    private void Run(ShardEffect effect)
    {
        switch (effect)
        {
            case ShardEffect.Signal signal: _node.Send(signal.To, ShardingFrames.ToFrame(Name, signal.Word), signal.Lane); break;
            case ShardEffect.Report report: _node.Send(report.To, ShardingFrames.ToFrame(Name, report.State), Lane.System); break;
            case ShardEffect.Grant grant: _node.Send(grant.To, ShardingFrames.ToFrame(Name, grant.Answer), Lane.System); break;
            case ShardEffect.Send send: SendMail(send.To, send.Epoch, send.Mail); break;
            case ShardEffect.NotOwner back: SendBack(back); break;
            case ShardEffect.StartShard start: _actors?.StartShard(start.Shard, start.Epoch); break;
            case ShardEffect.EndShard end: _actors?.EndShard(end.Shard, end.Epoch); break;
            case ShardEffect.KillShard kill: _actors?.KillShard(kill.Shard, kill.Epoch); break;
            case ShardEffect.StartEntity start: _actors?.StartEntity(start.Shard, start.Epoch, start.EntityId); break;
            case ShardEffect.StopEntity stop: _actors?.StopEntity(stop.Shard, stop.Epoch, stop.EntityId, stop.StopMessage); break;
            case ShardEffect.Deliver deliver: Deliver(deliver); break;
            case ShardEffect.Drop drop: GiveUp(drop.Mail, drop.Why); break;
            case ShardEffect.Drained: _drained.TrySetResult(); break;
            case ShardEffect.Reached reached: Loop.Reached(reached.Point); break;
            case ShardEffect.Say say: Say(say.Warning, say.Text); break;
            default: RunOnJournal(effect); break;
        }
    }

    private void RunOnJournal(ShardEffect effect)
    {
        switch (effect)
        {
            case ShardEffect.Claim(var shard, var epoch):
                _node.Ask(
                    cancel => _node.Journal.Claim(Fence(shard, epoch), _node.Self.Uid, cancel),
                    outcome => Feed(new RegionInput.Claimed(shard, epoch, outcome.Granted, outcome.Epoch)),
                    () => Feed(new RegionInput.Claimed(shard, epoch, null, 0)));
                break;
            case ShardEffect.LoadRemembered(var shard, var epoch):
                _node.Ask(
                    cancel => _node.Journal.Remembered(ShardHash.Key(Name, shard), cancel),
                    ids => Feed(new RegionInput.Loaded(shard, epoch, ids)),
                    () => Feed(new RegionInput.Loaded(shard, epoch, null)));
                break;
            case ShardEffect.Remember(var shard, var epoch, var started, var stopped):
                _node.Ask(
                    cancel => _node.Journal.Remember(Fence(shard, epoch), started, stopped, cancel),
                    outcome =>
                    {
                        if (outcome.Status == AppendStatus.Fenced) Feed(new RegionInput.Fenced(shard, epoch));
                        else Feed(new RegionInput.Remembered(shard, epoch, outcome.Status == AppendStatus.Written));
                    },
                    () => Feed(new RegionInput.Remembered(shard, epoch, false)));
                break;
        }
    }

    private void Deliver(ShardEffect.Deliver deliver)
    {
        object? message = deliver.Mail.Message;
        if (message is null && !_node.Serializer.TryDeserialize(deliver.Mail.Manifest ?? "", deliver.Mail.Payload, out message))
        {
            GiveUp(deliver.Mail, MailDrop.NotSerializable);
        }
        else if (_actors?.Deliver(deliver.Shard, deliver.Epoch, deliver.Mail.EntityId, message, deliver.Mail.Sender) != true)
        {
            GiveUp(deliver.Mail, MailDrop.RegionGone);
        }
    }

    private void SendMail(UniqueAddress to, long epoch, ShardMail mail)
    {
        if (mail.Manifest is null && mail.Message is not null && _node.Serializer.TrySerialize(mail.Message, out SerializedMessage bytes))
        {
            (mail.Manifest, mail.Payload) = (bytes.Manifest, bytes.Payload);
        }

        if (mail.Manifest is null)
        {
            GiveUp(mail, MailDrop.NotSerializable);
            return;
        }

        _metrics.Sent();
        MailFrame frame = ShardingFrames.ToFrame(Name, epoch, mail, _node.Serializer.WriteRef(mail.Sender));
        if (!_node.Send(to, frame, Lane.User)) GiveUp(mail, MailDrop.NotSent);
    }

    private void SendBack(ShardEffect.NotOwner back)
    {
        MailFrame frame = ShardingFrames.ToFrame(Name, back.Epoch, back.Mail, _node.Serializer.WriteRef(back.Mail.Sender));
        var word = new NotOwnerFrame { Mail = frame, CurrentEpoch = back.CurrentEpoch, Over = back.Over };
        if (!_node.Send(back.To, word, Lane.User)) GiveUp(back.Mail, MailDrop.NotSent);
    }

    private void GiveUp(ShardMail mail, MailDrop why)
    {
        _metrics.Drop(why);
        Loop.Reached($"mail for an entity was given up: {why}");
        _setup.Ref.GiveUp(mail.Message ?? new LostMail(mail.Manifest ?? "", mail.EntityId), mail.Sender, mail.IsAsk, Explain(mail, why));
    }

    private string Explain(ShardMail mail, MailDrop why) => $"{Name}/{mail.EntityId} was not reached: " + why switch
    {
        MailDrop.BufferFull => "too much waits for its shard; try later",
        MailDrop.Expired => $"no owner for {_node.Settings.BufferTimeToLive.TotalSeconds:0} s. {_region.Trouble(Loop.Now) ?? "try later"}",
        MailDrop.TooManyHops => $"its shard moved more than {ShardingLimits.MaxHops} times on the way; try later",
        MailDrop.NoGrant => _region.Trouble(Loop.Now) ?? "no owner; try later",
        MailDrop.TooManyEntities => $"its shard has {ShardingLimits.MaxEntitiesPerShard} entities",
        MailDrop.NotSerializable => "the message has no serializer, or is of a newer version",
        MailDrop.NotSent => "the way to its node is full, or the message is bigger than a frame",
        MailDrop.BadName => "the entity's id is empty, too long, or has control characters",
        MailDrop.WrongShard => "its sender has another number of shards; that must be the same on every node",
        _ => "it has just ended; try later",
    };

    /// <summary>What the journal remembers and an actor can be called.</summary>
    private static bool IsEntityId(string id) =>
        JournalRules.RejectName("entity", id) is null && Uri.EscapeDataString(id).Length <= ActorPath.MaxNameLength;

    private Fence Fence(int shard, long epoch) => new(ShardHash.Key(Name, shard), epoch);

    private void Say(bool warning, string text) =>
        _node.Services.Log(new LogEvent(warning ? LogLevel.Warning : LogLevel.Info, $"sharding/{Name}", text));
}

/// <summary>A message of which only the bytes are here, in a dead letter.</summary>
internal sealed record LostMail(string Manifest, string EntityId);

/// <summary>What a type was started with.</summary>
/// <param name="Name">The type's.</param>
/// <param name="Options">Its options.</param>
/// <param name="Props">Null for a proxy.</param>
/// <param name="Parent">The actor above its shards.</param>
/// <param name="Ref">The region, for tellers.</param>
internal sealed record ShardTypeSetup(
    string Name, ShardingTypeOptions Options, Func<EntityContext, Props>? Props, Cells.LocalActorRef Parent, RegionRef Ref);
