using Google.Protobuf;
using Mesh.Actors.Cells;
using Mesh.Actors.Control;
using Mesh.Actors.Journals;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;
using Mesh.Actors.Sharding.Protocol;

namespace Mesh.Actors.Sharding;

/// <summary>Entities that live on one node of the cluster at a time, each found by its id alone.</summary>
/// <remarks>
/// The verbs may be called from any thread; all protocol work is on the control loop. Make it on the loop, or before the loop runs, once a node.
/// </remarks>
public sealed class ClusterSharding
{
    private readonly SortedDictionary<string, ShardType> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IActorRef> _refs = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly ShardingNode _node;
    private readonly ShardingQueries _queries;
    private readonly LocalActorRef _guardian;

    public ClusterSharding(
        ActorSystem system,
        NodeServices services,
        ShardingSettings settings,
        IMembership membership,
        IJournalStore journal,
        IMessageSerializer serializer)
    {
        _node = new ShardingNode
        {
            System = system,
            Services = services,
            Settings = settings,
            Membership = membership,
            Journal = journal,
            Serializer = serializer,
            Local = Dispatch,
        };
        _queries = new ShardingQueries(_node, name => _types.GetValueOrDefault(name));
        _guardian = (LocalActorRef)system.SystemActorOf(Props.Create<Guardian>(), "sharding");
        INodeMessenger messenger = services.Messenger;
        messenger.Handle<SignalFrame>(Dispatch);
        messenger.Handle<ReportFrame>(Dispatch);
        messenger.Handle<GrantFrame>(Dispatch);
        messenger.Handle<MailFrame>(Dispatch);
        messenger.Handle<NotOwnerFrame>(Dispatch);
        messenger.Handle<QueryFrame>(Dispatch);
        messenger.Handle<AnswerFrame>(Dispatch);
        messenger.PeerDisconnected += OnPeerGone;
        membership.Changed += OnChange;
    }

    /// <summary>Runs entities of a type on this node, when it is a core member. Again with the same name: the same region.</summary>
    /// <param name="typeName">1 to 128 characters that an actor's name may have; the same on every node.</param>
    /// <param name="entityProps">Makes an entity's recipe; runs on the control loop, so it must be quick.</param>
    /// <param name="options">The same on every node.</param>
    /// <returns>Takes <see cref="ShardingEnvelope"/> from any thread.</returns>
    public IActorRef Start(string typeName, Func<EntityContext, Props> entityProps, ShardingTypeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(entityProps);
        return Open(typeName, entityProps, options ?? new ShardingTypeOptions());
    }

    /// <summary>Reaches entities of a type that other nodes run.</summary>
    public IActorRef StartProxy(string typeName, ShardingTypeOptions? options = null) => Open(typeName, null, options ?? new ShardingTypeOptions());

    /// <summary>
    /// Gives this node's shards away and stops what nobody takes; done when none is left, at the latest after
    /// <see cref="ShardingSettings.DrainTimeout"/> + <see cref="ShardingSettings.StopTimeout"/> + <see cref="ShardingSettings.AbandonAfter"/>.
    /// For an orderly leave, before Exiting. Any thread.
    /// </summary>
    public Task DrainAsync()
    {
        var all = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        _node.Services.Loop.Post(() => all.SetResult(Task.WhenAll(_types.Values.Select(type => type.Drain()))));
        return all.Task.Unwrap();
    }

    /// <summary>
    /// Ends all protocol work; after it nothing is sent. After <see cref="DrainAsync"/>, else entities run on without being heard. Only on the loop.
    /// </summary>
    public void Stop()
    {
        foreach (ShardType type in _types.Values) type.Stop();
        _types.Clear();
        _node.Services.Messenger.PeerDisconnected -= OnPeerGone;
        _node.Membership.Changed -= OnChange;
        _queries.Stop();
    }

    /// <summary>Names of the types that this node runs or reaches, in order. Only on the loop.</summary>
    public IReadOnlyCollection<string> TypeNames => _types.Keys;

    /// <summary>Regions and shards of a type, as its coordinator sees them. Any thread.</summary>
    /// <exception cref="TimeoutException">No coordinator answered in time (in the task); the text says why.</exception>
    /// <exception cref="ArgumentException">The type was not started on this node.</exception>
    public Task<ShardingInfo> Describe(string typeName) => _queries.Ask(typeName, 0);

    /// <summary>Turns rebalancing off or on until the coordinator changes, or orders one round. Answers what was found before.</summary>
    public Task<ShardingInfo> Rebalance(string typeName, RebalanceMode mode) => _queries.Ask(typeName, (uint)mode);

    /// <summary>Where an entity lives, or would.</summary>
    public async Task<EntityLocation> Locate(string typeName, string entityId)
    {
        Task<ShardingInfo> asked = _queries.Ask(typeName, 0);
        Task<int> number = _queries.NumberOfShards(typeName);
        ShardingInfo info = await asked.ConfigureAwait(false);
        int shard = ShardHash.ShardOf(entityId, await number.ConfigureAwait(false));
        return new EntityLocation(entityId, shard, info.Shards.FirstOrDefault(each => each.Shard == shard));
    }

    internal ShardType? Find(string typeName) => _types.GetValueOrDefault(typeName);

    private IActorRef Open(string typeName, Func<EntityContext, Props>? props, ShardingTypeOptions options)
    {
        if (!ActorPath.IsValidName(typeName) || typeName.Length > 128)
            throw new ArgumentException($"\"{typeName}\" is no type name", nameof(typeName));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.NumberOfShards, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.NumberOfShards, ShardingLimits.MaxShards, nameof(options));
        lock (_lock)
        {
            if (_refs.TryGetValue(typeName, out IActorRef? known)) return known;
            if (_refs.Count >= ShardingLimits.MaxTypes) throw new InvalidOperationException($"more than {ShardingLimits.MaxTypes} entity types");
            IActorRef? forward = null;
            LocalActorRef parent = _guardian.Cell.Children.Start(Props.Create(() => new ShardTypeActor(() => forward)), typeName);
            var region = new RegionRef(
                _node.System, parent, _node.Services.Loop, (envelope, sender) => TryRoute(typeName, envelope, sender));
            _refs.Add(typeName, forward = region);
            var setup = new ShardTypeSetup(typeName, options, props, parent, region);
            _node.Services.Loop.Post(() => _types.Add(typeName, new ShardType(_node, setup)));
            return region;
        }
    }

    private bool TryRoute(string typeName, ShardingEnvelope envelope, IActorRef? sender)
    {
        if (Find(typeName) is not { } type) return false;
        type.Route(envelope, sender);
        return true;
    }

    private void Dispatch(UniqueAddress from, IMessage message)
    {
        switch (message)
        {
            case SignalFrame signal when ShardingFrames.FromFrame(signal) is { } word:
                if (Find(signal.Type) is { } known) known.OnSignal(from, word);
                else if (word.Verb == ShardVerb.AskRegionState) DenyAll(from, signal.Type, word.Term);
                break;
            case ReportFrame report: Find(report.Type)?.OnReport(from, ShardingFrames.FromFrame(report)); break;
            case GrantFrame grant: Find(grant.Type)?.OnGrant(from, ShardingFrames.FromFrame(grant)); break;
            case MailFrame mail: Find(mail.Type)?.OnMail(from, mail); break;
            case NotOwnerFrame back: Find(back.Mail?.Type ?? "")?.OnReturned(from, back); break;
            case QueryFrame query: _queries.OnQuery(from, query); break;
            case AnswerFrame answer: _queries.OnAnswer(from, answer); break;
        }
    }

    /// <summary>A core node that does not run the type says so, or a new coordinator would keep shards for it.</summary>
    private void DenyAll(UniqueAddress to, string typeName, long term)
    {
        var nothing = new RegionReport(term, Math.Max(1, _node.Services.Loop.Now.Ticks), false, false, 1, 0, []);
        _node.Send(to, ShardingFrames.ToFrame(typeName, nothing), Lane.System);
    }

    private void OnPeerGone(UniqueAddress peer, SessionEnd end)
    {
        foreach (ShardType type in _types.Values) type.OnPeerGone(peer);
    }

    private void OnChange(ClusterEvent change)
    {
        _node.Note(change);
        foreach (ShardType type in _types.Values) type.OnView(_node.Membership.State, change is ClusterEvent.SelfRemoved);
    }
}

/// <summary>An entity's place.</summary>
/// <param name="EntityId">Which entity.</param>
/// <param name="Shard">Its shard.</param>
/// <param name="Home">Where that is; null while nobody asked for it.</param>
public sealed record EntityLocation(string EntityId, int Shard, ShardInfo? Home);
