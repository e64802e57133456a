using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Membership.Protocol;
using Mesh.Actors.Membership.Records;
using Mesh.Actors.Membership.Spreading;

namespace Mesh.Actors.Membership.Leading;

/// <summary>Looks each half second whether this node leads, and does what <see cref="LeaderRules"/> say.</summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class LeaderDuty
{
    private readonly MembershipCore _core;
    private readonly Spreader _spreader;
    private readonly SortedSet<ulong> _confirmed = [];
    private ControlTimer? _timer;
    private TimeSpan? _sawLeader;

    public LeaderDuty(MembershipCore core, Spreader spreader)
    {
        (_core, _spreader) = (core, spreader);
        core.Services.Messenger.Handle<ExitingConfirmed>(OnExitingConfirmed);
    }

    /// <summary>Whether the core agreed at the last look; false where this node does not lead.</summary>
    public bool HasConverged { get; private set; }

    public void Start()
    {
        Stop();
        _timer = _core.Loop.After(_core.Settings.LeaderInterval, Tick);
    }

    public void Stop() => _timer?.Cancel();

    /// <summary>Looks soon: somebody waits.</summary>
    public void Hurry()
    {
        if (_core.State.Leader != _core.Self) return;
        Stop();
        _timer = _core.Loop.After(_core.Settings.LeaderInterval / 10, Tick);
    }

    private void Tick()
    {
        if (!_core.IsMember) return;
        _core.Commit(now: true);
        if (_core.IsMember && _core.SelfRecord is { IsCore: true }) Look();
        if (_core.IsMember && _core.SelfRecord is { IsCore: false }) EndWhenForgotten();
        if (_core.IsMember) Start();
    }

    private void Look()
    {
        ClusterState state = _core.State;
        HasConverged = false;
        bool leads = state.Leader is { } leader ? leader == _core.Self : _core.SelfRecord is { Status: <= MemberStatus.WeaklyUp };
        if (!leads) return;
        LeaderView view = View(state);
        if (LeaderRules.ActingLeader(view) != _core.Self) return;
        HasConverged = LeaderRules.HasConverged(view);
        if (HasConverged) _core.Counters.Converged++;
        else _core.Counters.NotConverged++;
        foreach (LeaderAction action in LeaderRules.Decide(view, _core.Settings, HasConverged)) Act(action);
        _core.Commit(now: true);
    }

    /// <remarks>
    /// The cluster removes an edge member that it does not see, and forgets even that after a tombstone's life. Who comes back later would bring
    /// back what was removed: hence it ends before, and joins anew.
    /// </remarks>
    private void EndWhenForgotten()
    {
        TimeSpan now = _core.Loop.Now;
        if (_core.State.Leader is not null) _sawLeader = now;
        _sawLeader ??= now;
        if (now - _sawLeader < _core.Settings.TombstoneLife / 2) return;
        _core.Loop.Reached("cut off for longer than the cluster remembers");
        _core.End(downed: true, $"no leader seen for {_core.Settings.TombstoneLife / 2}: the cluster may have forgotten this node");
    }

    private LeaderView View(ClusterState state) => new(
        _core.Self, _core.Table.Members, state.Unreachable, _core.Table.CoreHash, _spreader.Reported, _core.Waiting, _core.UnreachableSince,
        _confirmed, _core.HighestUpNumber, _core.Loop.Now);

    private void Act(LeaderAction action)
    {
        if (action.To != MemberStatus.Removed)
        {
            if (action.To == MemberStatus.WeaklyUp) _core.Loop.Reached("weakly up");
            _core.Raise(action.Node, action.To, action.UpNumber, action.Reason);
            return;
        }

        bool downed = _core.Table.Find(action.Node.Uid) is not { Status: MemberStatus.Exiting };
        _core.Log(LogLevel.Info, $"removes {action.Node}: {action.Reason}");
        _core.Accept(new Tombstone(action.Node, _core.Loop.Now, downed, action.Reason), _core.Self.Uid);
        _confirmed.Remove(action.Node.Uid);
        _spreader.TellIfRemoved(action.Node);
    }

    private void OnExitingConfirmed(UniqueAddress from, ExitingConfirmed message)
    {
        if (!_spreader.Hear(from, message, message.Cluster) || _core.Table.Find(from.Uid) is null) return;
        if (_confirmed.Add(from.Uid)) Hurry();
    }

    public void Forget(ulong uid) => _confirmed.Remove(uid);
}
