using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Journals.Quorum.Group;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Actors.Journals.Quorum.Requests;
using Mesh.Actors.Journals.Quorum.Storage;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Journals.Quorum;

/// <summary>
/// The quorum journal's part on one node: the member of the group, if the node is a core node, and the way to the leader, on all.
/// </summary>
/// <remarks>On the control loop, but for <see cref="Client"/>'s Ask.</remarks>
internal sealed class QuorumNode
{
    private readonly NodeServices _services;
    private readonly IMembership _membership;
    private readonly QuorumSettings _settings;
    private readonly SnapshotSender _sender;
    private readonly SnapshotReceiver _receiver;
    private TimeSpan _helloDue;
    private TimeSpan _planDue;
    private volatile KnownLeader? _known;
    private bool _stopped;

    /// <param name="services">The node's loop, messenger and log.</param>
    /// <param name="membership">Who belongs to the cluster.</param>
    /// <param name="settings">The same on all core nodes.</param>
    /// <param name="storage">Where log and votes are kept; unused on nodes that are no members.</param>
    /// <param name="machine">The journal.</param>
    public QuorumNode(NodeServices services, IMembership membership, QuorumSettings settings, IRaftStorage storage, MachineHost machine)
    {
        (_services, _membership, _settings) = (services, membership, settings);
        Keeper = new GroupKeeper(services, membership, settings, () => Driver!);
        _sender = new SnapshotSender(services, settings, machine, () => Driver!, Keeper.Send);
        _receiver = new SnapshotReceiver(services, storage, machine, () => Driver!, Keeper.Send);
        Server = new QuorumServer(services.Loop, machine, () => Driver!, LeaderMessage, Reply);
        machine.LeaseSeen = Server.LeaseSeen;
        Client = new QuorumClient(services, settings, Keeper, request => Server.Take(services.Messenger.Self, request), WhyNoLeader);
        Driver = new RaftDriver(services, settings, storage, machine)
        {
            Send = Keeper.Send,
            Reads = Server.ReadsReady,
            Applied = Server.Applied,
            SnapshotWanted = _sender.Begin,
            LeadershipChanged = LeadershipChanged,
            Held = () => _sender.Held,
        };
        Keeper.LeaderLearned += Client.LeaderChanged;
        Keeper.LeaderLearned += Publish;
        services.Messenger.Handle<RaftMessage>(OnRaft);
        services.Messenger.Handle<QuorumHello>(Keeper.OnHello);
        services.Messenger.Handle<QuorumRequest>(Server.Take);
        services.Messenger.Handle<QuorumReply>(Client.OnReply);
        services.Messenger.PeerDisconnected += OnDisconnected;
        membership.Changed += OnChanged;
        membership.AwaitBeforeExiting("the quorum journal's group", () => _stopped || Keeper.MayExit);
    }

    public RaftDriver Driver { get; }

    public GroupKeeper Keeper { get; }

    public QuorumServer Server { get; }

    public QuorumClient Client { get; }

    /// <summary>Whom this node follows, at most a tick ago; null: nobody. Any thread.</summary>
    public KnownLeader? Known => _known;

    public long SnapshotsSent => _sender.Begun;

    public long SnapshotsTaken => _receiver.Installed;

    /// <param name="member">This node is a core node and takes part.</param>
    /// <param name="found">This node founded the cluster; a store that belongs to no group founds one.</param>
    public void Start(bool member, bool found)
    {
        if (member) Driver.Start(found);
        Keeper.Greet(answer: true);
        Tick();
    }

    public void Stop()
    {
        _stopped = true;
        _services.Messenger.PeerDisconnected -= OnDisconnected;
        _membership.Changed -= OnChanged;
        Driver.Stop();
        Client.Close();
    }

    /// <summary>The leader's first step of an orderly leave: somebody who is up to date leads instead. Nothing happens on others.</summary>
    public void HandOver() => Driver.Input(core => core.HandOver(_services.Loop.Now));

    /// <summary>
    /// A majority of the voters is lost for good: this node alone becomes a new group with what it has. What only the lost ones had is lost, and
    /// whoever comes back with a store of the old group stays out until the store is moved away.
    /// </summary>
    public void ForceNewGroup()
    {
        _services.Log(new LogEvent(LogLevel.Warning, "journal/quorum", "an operator made this node alone the group of the quorum journal"));
        Driver.ForceNewGroup();
    }

    /// <summary>Why nobody leads, as far as this node sees.</summary>
    public string WhyNoLeader()
    {
        if (Driver.IsHalted) return Driver.Trouble!;
        if (Driver.Core is not { } core || core.Group.Voters.Length == 0)
        {
            if (Driver.Trouble is { } early) return early;
            if (Keeper.Leader is { } known) return $"the leader {known.Node.Address} does not answer";
            return Driver.HasLostLog
                ? $"{RaftDriver.LostLog}, and no core node told who leads the journal"
                : "no core node told yet who leads the journal";
        }

        int reachable = 0;
        List<string> missing = [], unable = [];
        foreach (ulong voter in core.Group.Voters)
        {
            bool isThere = voter == core.Id
                || (Keeper.Book.NodeOf(voter) is { } node && _services.Messenger.SilentFor(node) is { } silence && silence < _settings.ElectionMost);
            if (isThere) reachable++;
            else missing.Add(core.Group.Members[voter].Name);
            string trouble = voter == core.Id ? Driver.Inability : Keeper.Book.TroubleOf(voter);
            if (isThere && trouble.Length > 0) unable.Add($"; {core.Group.Members[voter].Name} {trouble}");
        }

        string who = missing.Count == 0 ? "" : $" (missing: {string.Join(", ", missing)})";
        string lead = core.Leader == 0 ? "no leader" : "a leader that does not answer";
        return $"{lead}: {reachable} of {core.Group.Voters.Length} voters reachable, {core.Group.Quorum} needed{who}{string.Concat(unable)}"
            + (Driver.Trouble is { } own ? $"; here: {own}" : "");
    }

    private void OnRaft(UniqueAddress from, RaftMessage message)
    {
        if (_stopped) return;
        Keeper.OnRaft(from, message);
        Driver.Input(core => core.Step(message, _services.Loop.Now));
        if (message.Kind == RaftKind.Snapshot) _receiver.Take(message);
        else if (message.Kind == RaftKind.SnapshotReply) _sender.Answered(message);
    }

    /// <summary>Who comes or goes is a matter for now: one that leaves is soon too far gone to vote for its own removal.</summary>
    private void OnChanged(ClusterEvent change)
    {
        if (change is not ClusterEvent.MemberEvent { Member.IsCore: true }) return;
        if (change is ClusterEvent.MemberRemoved removed) Keeper.OnRemoved(removed);
        _planDue = _services.Loop.Now;
        if (change is ClusterEvent.MemberUp) _helloDue = _planDue;
    }

    private void OnDisconnected(UniqueAddress peer, SessionEnd end) => Client.Lost(peer);

    private void LeadershipChanged()
    {
        _planDue = _services.Loop.Now;
        Server.LeadershipChanged();
        Client.LeaderChanged();
        Publish();
        if (Driver.Core is not { Role: RaftRole.Leader } core) return;
        _services.Log(new LogEvent(LogLevel.Info, "journal/quorum", $"this node leads the quorum journal in term {core.Term}"));
        Keeper.Greet(answer: false);
    }

    private void Tick()
    {
        if (_stopped) return;
        TimeSpan now = _services.Loop.Now;
        Client.Tick();
        Publish();
        if (Driver.Core is not null) _sender.Tick();
        if (now >= _helloDue && (Driver.Core is not null || Client.IsWaiting))
        {
            _helloDue = now + _settings.HelloEvery;
            Keeper.Greet(answer: Client.IsWaiting || Keeper.Leader is null);
        }

        if (now >= _planDue)
        {
            bool soon = Keeper.Plan();
            _planDue = now + (soon ? _settings.Tick : _settings.PlanEvery);
        }

        if (Keeper.IsLeaving) Keeper.AskForRelease();

        _services.Loop.After(_settings.Tick, Tick);
    }

    private void Publish()
    {
        KnownLeader? now = Keeper.Leader is { } leader ? new KnownLeader(leader.Node, leader.Term) : null;
        if (now != _known) _known = now;
    }

    private QuorumAddress? LeaderMessage() => Keeper.Leader is { } leader ? PeerBook.ToMessage(leader.Node) : null;

    private void Reply(UniqueAddress caller, QuorumReply reply)
    {
        if (caller == _services.Messenger.Self) Client.OnReply(caller, reply);
        else _services.Messenger.Send(caller, reply, QuorumLanes.OfRequest(reply));
    }
}
