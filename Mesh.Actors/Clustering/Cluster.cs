using System.Net;
using System.Security.Cryptography;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Quorum;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Detection;
using Mesh.Actors.Persistence;
using Mesh.Actors.Remoting;
using Mesh.Actors.Remoting.Refs;
using Mesh.Actors.Sharding;
using Mesh.Actors.Shutdown;
using Mesh.Actors.Storage;
using Mesh.Actors.Tables;

namespace Mesh.Actors.Clustering;

/// <summary>
/// An actor system's place in its cluster: everything that a node does with other nodes, started and stopped in order. Its verbs are any
/// thread's; what they do, they do on the control loop.
/// </summary>
/// <remarks>
/// Events of membership are published on the system's <see cref="EventStream"/> as <see cref="ClusterEvent"/>. The orderly end is the system's
/// coordinated shutdown: shards are handed over, the node leaves, then the rest stops. A node that was downed shuts its system down; its next
/// membership is another cluster of another system, with the <see cref="Copies"/> of this one.
/// </remarks>
public sealed class Cluster
{
    private readonly ActorSystem _system;
    private readonly ClusterOptions _options;
    private readonly SqliteDurableMap _memory;
    private readonly EventLoopControl _control;
    private readonly NodeMessenger _messenger;
    private readonly TaskCompletionSource<ClusterEvent.SelfRemoved> _removed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ClusterProtocols _protocols = null!;
    private RemoteActors _remote = null!;
    private SelfWatch _selfWatch = null!;
    private readonly Lazy<Task> _protocolsStopped;
    private volatile ClusterState _state;
    private bool _journalBegun, _isEnding;

    private Cluster(ActorSystem system, ClusterOptions options, SqliteDurableMap memory, EventLoopControl control, NodeMessenger messenger)
    {
        (_system, _options, _memory, _control, _messenger) = (system, options, memory, control, messenger);
        Serializers = new MessageSerializers(system);
        _protocolsStopped = new Lazy<Task>(StopProtocolsAsync);
        _state = ClusterState.Empty(messenger.Self);
    }

    /// <summary>The cluster as this node sees it now. Any thread; never null.</summary>
    public ClusterState State => _state;

    public UniqueAddress Self => _messenger.Self;

    /// <summary>Where it listens.</summary>
    public IPEndPoint Bound => _messenger.Bound;

    /// <summary>Whose actors take part.</summary>
    public ActorSystem System => _system;

    /// <summary>What may be said to actors of other nodes, or stored; register before it is needed.</summary>
    public MessageSerializers Serializers { get; }

    public IJournalStore Journal { get; private set; } = null!;

    public PersistenceExtension Persistence { get; private set; } = null!;

    public ClusterSharding Sharding { get; private set; } = null!;

    /// <summary>Done when this node is out of the cluster, by its own wish or not.</summary>
    public Task<ClusterEvent.SelfRemoved> WhenRemoved => _removed.Task;

    /// <summary>Of a node that was downed, once its system has ended: what its tables knew.</summary>
    public TableCopies? Copies { get; private set; }

    /// <summary>Sessions, frames and drops; any thread.</summary>
    public RemotingCounters Remoting => _messenger.Counters;

    /// <summary>Opens the node's files, binds its port and begins to look for its cluster; joining goes on after it returns.</summary>
    /// <param name="system">Its name is the cluster's.</param>
    /// <param name="options">See there.</param>
    /// <exception cref="StorageException">A file of the node cannot be used; the text names it and says what to do.</exception>
    /// <exception cref="RemotingException">The address cannot be bound, or what was asked for is unsafe.</exception>
    public static async Task<Cluster> StartAsync(ActorSystem system, ClusterOptions options)
    {
        var home = new ClusterHome(options.Directory);
        if (options.OthersHaveAll)
            HomeInspection.SetDamagedAside(home, options.Settings.Journal.Kind == JournalKind.Quorum, options.Time.GetUtcNow(), options.Log);
        SqliteDurableMap memory = home.OpenState();
        ulong seed = options.Seed ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        var control = new EventLoopControl(
            seed, options.Time, bug => options.Log(new LogEvent(LogLevel.Error, "cluster", "a bug: an exception escaped on the control loop", bug)));
        Cluster cluster;
        try
        {
            NodeMessenger messenger = NodeMessenger.Start(
                control, system.Name, Uid(), Hello(system, options), ClusterProtocols.Catalog,
                options.Settings.Remoting, options.Log, options.Metrics);
            cluster = new Cluster(system, options, memory, control, messenger);
            control.Start();
            await cluster.OnLoop(() => cluster.Compose(home)).ConfigureAwait(false);
        }
        catch
        {
            await control.DisposeAsync().ConfigureAwait(false);
            memory.Dispose();
            throw;
        }

        cluster.JoinShutdown(system.CoordinatedShutdown);
        return cluster;
    }

    /// <summary>Runs on the control loop, where <see cref="ReplicatedTables"/> and the protocols live.</summary>
    public Task<T> OnLoop<T>(Func<ReplicatedTables, T> act) => OnLoop(() => act(_protocols.Tables));

    /// <summary>Declares a member dead. It cannot come back under its uid; where it still runs, it ends.</summary>
    public Task Down(UniqueAddress member, string reason) => OnLoop(() => _protocols.Membership.Down(member, reason));

    internal Task Quit(string reason) => OnLoop(() => _protocols.Membership.Quit(reason));

    /// <summary>Begins a member's orderly leave: this node's, or another's, which then shuts down by itself.</summary>
    public Task Leave(UniqueAddress member) => OnLoop(() => _protocols.Membership.Leave(member));

    /// <summary>Founds the cluster with this node alone: for an operator who knows that no other member lives.</summary>
    public Task ForceFound() => OnLoop(_protocols.Membership.ForceFound);

    /// <summary>What this node would decide now about nodes that cannot be reached, and why; lines.</summary>
    public Task<IReadOnlyList<string>> ExplainDowning() => OnLoop(() => (IReadOnlyList<string>)_protocols.Downing.Explain());

    /// <summary>What the failure detector of this node sees.</summary>
    public Task<DetectorFacts> DetectorFacts() => OnLoop(_protocols.Detector.Facts);

    /// <summary>What membership does, why this node is in no cluster yet, and what it knows of each member.</summary>
    public Task<MembershipFacts> MembershipFacts() => OnLoop(_protocols.Membership.Facts);

    /// <summary>Names of the entity types that this node runs or reaches.</summary>
    public Task<IReadOnlyList<string>> ShardTypes() => OnLoop(() => (IReadOnlyList<string>)[.. Sharding.TypeNames]);

    /// <summary>The member that a text means: address with or without uid, <c>host:port</c>, or a name that only one has; else null.</summary>
    public Member? Find(string text)
    {
        ClusterState state = _state;
        return state.Members.FirstOrDefault(member => member.UniqueAddress.ToString() == text)
            ?? state.Members.FirstOrDefault(member => member.Address.ToString() == text || $"{member.Address.Host}:{member.Address.Port}" == text)
            ?? (state.Members.Where(member => member.Name == text).ToArray() is [var one] ? one : null);
    }

    /// <summary>
    /// Ends this node's part as a killed process would: nothing is handed over, nobody is told; others find out. The files are closed, so that
    /// another may start in them. The actor system is left to its owner, whose shutdown skips what only a member can do.
    /// </summary>
    public async Task AbortAsync()
    {
        // After an orderly end there is nothing left to break off, nor a loop to do it on.
        if (!_protocolsStopped.IsValueCreated) await _messenger.CloseAsync().ConfigureAwait(false);
        _removed.TrySetResult(new ClusterEvent.SelfRemoved(Downed: false, "aborted"));
        await _protocolsStopped.Value.ConfigureAwait(false);
    }

    private static ulong Uid() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;

    private static NodeHello Hello(ActorSystem system, ClusterOptions options) => new(
        system.Name,
        null,
        options.Facts.Name,
        options.Facts.Roles,
        options.Facts.AppVersion,
        ProtocolVersions.Oldest,
        ProtocolVersions.Newest,
        options.Settings.Hash());

    private void Compose(ClusterHome home)
    {
        var services = new NodeServices(_control, _messenger, _memory, _options.Metrics, _options.Log);
        bool isCore = _options.Facts.Roles.Items.Contains(Member.CoreRole);
        _protocols = new ClusterProtocols(services, _options.Settings, _options.Facts, _options.Seeds);
        _protocols.Membership.Changed += OnChanged;
        _protocols.Tables.Inherit(_options.Inherited);
        _remote = RemoteActors.Start(_system, _control, _messenger, Serializers, IsMember, _messenger.Counters);
        Journal = ClusterJournal.Open(_options.Settings, home, services, _protocols.Membership, isCore, _options.Time);
        Persistence = new PersistenceExtension(Journal, Serializers, _options.Time, _options.Settings.Persistence);
        Sharding = new ClusterSharding(_system, services, _options.Settings.Sharding, _protocols.Membership, Journal, Serializers);
        _selfWatch = new SelfWatch(
            _control, static work => ThreadPool.UnsafeQueueUserWorkItem(static each => each(), work, preferLocal: false),
            GC.GetTotalPauseDuration, _protocols.Detector.Doubt, _options.Log);
        _options.Composing?.Invoke(services, _protocols.Tables);
        _protocols.Start();
        _selfWatch.Start();
    }

    private bool IsMember(UniqueAddress node) => _protocols.Membership.State.Find(node) is not null;

    private void OnChanged(ClusterEvent change)
    {
        _state = _protocols.Membership.State;
        if (!_journalBegun && _state.ClusterId is not null)
        {
            _journalBegun = true;
            ClusterJournal.Begin(Journal, _options.Facts.Roles.Items.Contains(Member.CoreRole), _protocols.Membership.FoundedHere);
        }

        _system.EventStream.Publish(change);
        switch (change)
        {
            case ClusterEvent.MemberEvent { Member.UniqueAddress: var gone } and (ClusterEvent.MemberDowned or ClusterEvent.MemberRemoved):
                _remote.OnNodeGone(gone);
                break;
            case ClusterEvent.MemberLeft { Member.UniqueAddress: var left } when left == Self:
                End(ShutdownReason.ClusterLeaving);
                break;
            case ClusterEvent.SelfRemoved end:
                _removed.TrySetResult(end);
                End(end.Downed ? ShutdownReason.ClusterDowning : ShutdownReason.ClusterLeaving);
                break;
        }
    }

    /// <summary>Once; on the loop.</summary>
    private void End(ShutdownReason reason)
    {
        if (_isEnding) return;
        _isEnding = true;
        if (_options.Ending is { } ending) ending(reason);
        else _ = _system.CoordinatedShutdown.Run(reason);
    }

    private void JoinShutdown(CoordinatedShutdown shutdown)
    {
        ShardingSettings sharding = _options.Settings.Sharding;
        MembershipSettings membership = _options.Settings.Membership;
        TimeSpan spare = TimeSpan.FromSeconds(2);
        if (Journal is QuorumJournalStore quorum)
            shutdown.AddTask(CoordinatedShutdown.PhaseBeforeClusterShutdown, "hand the journal's lead over", _ =>
            {
                if (!_removed.Task.IsCompleted) quorum.HandOver();
                return Task.CompletedTask;
            });
        shutdown.SetTimeout(
            CoordinatedShutdown.PhaseClusterShardingShutdownRegion, sharding.DrainTimeout + sharding.StopTimeout + sharding.AbandonAfter + spare);
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterShardingShutdownRegion, "hand shards over", _ => _removed.Task.IsCompleted
            ? Task.CompletedTask
            : Sharding.DrainAsync());
        shutdown.SetTimeout(CoordinatedShutdown.PhaseClusterExiting, membership.LeavingTimeout + membership.ExitingTimeout + spare);
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterLeave, "leave", _ => _removed.Task.IsCompleted ? Task.CompletedTask : Leave(Self));
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterExiting, "wait for the leader's word", cancel => _removed.Task.WaitAsync(cancel));
        shutdown.AddTask(CoordinatedShutdown.PhaseActorSystemTerminate, "stop the cluster's protocols", _ => StopAsync());
    }

    // After the actors: their last words may still need the journal and the other nodes.
    private async Task StopAsync()
    {
        await _system.StopActors().ConfigureAwait(false);
        await _protocolsStopped.Value.ConfigureAwait(false);
    }

    private async Task StopProtocolsAsync()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _control.Post(() =>
        {
            Sharding.Stop();
            _selfWatch.Stop();
            _protocols.Stop(() =>
            {
                if (_removed.Task is { IsCompletedSuccessfully: true, Result.Downed: true }) Copies = _protocols.Tables.Copy();
                stopped.TrySetResult();
            });
        });
        await stopped.Task.ConfigureAwait(false);
        await Journal.DisposeAsync().ConfigureAwait(false);
        await _messenger.CloseAsync().ConfigureAwait(false);
        await _control.DisposeAsync().ConfigureAwait(false);
        _memory.Dispose();
    }

    private Task<bool> OnLoop(Action act) => OnLoop(() =>
    {
        act();
        return true;
    });

    private Task<T> OnLoop<T>(Func<T> act)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _control.Post(() =>
        {
            try
            {
                done.TrySetResult(act());
            }
            catch (Exception fault)
            {
                done.TrySetException(fault);
            }
        });
        return done.Task;
    }
}
