using Mesh.Actors.Control;
using Mesh.Actors.Membership.Protocol;
using Mesh.Actors.Membership.Records;
using Mesh.Actors.Membership.Spreading;

namespace Mesh.Actors.Membership;

/// <summary>
/// This node's way out: Leaving, hand over, Exiting, the leader's word, the end. Whatever does not answer, the node leaves in order: nobody is
/// told that it failed.
/// </summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class LeaveDuty
{
    /// <summary>Time between two looks while leaving.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly MembershipCore _core;
    private readonly Spreader _spreader;
    private readonly List<(string Name, Func<bool> Done)> _awaited = [];
    private ControlTimer? _timer;
    private TimeSpan? _leavingSince;
    private TimeSpan? _exitingSince;
    private TimeSpan? _confirmedAt;

    public LeaveDuty(MembershipCore core, Spreader spreader)
    {
        (_core, _spreader) = (core, spreader);
        core.Services.Messenger.Handle<YouAreRemoved>(OnYouAreRemoved);
    }

    /// <summary>Nobody is told that this node is out.</summary>
    public bool IsQuiet { get; set; }

    /// <summary>What the exit waits for now, by name.</summary>
    public IEnumerable<string> Awaited => _awaited.Where(each => !each.Done()).Select(each => each.Name);

    /// <summary>The node's leave waits until this is done; asked about ten times a second while it leaves.</summary>
    public void AwaitBeforeExiting(string name, Func<bool> done) => _awaited.Add((name, done));

    /// <summary>Looks at this node's own record after every change.</summary>
    public void Consider()
    {
        if (_core.HasEnded || _core.SelfRecord is not { } self) return;
        if (self.Status == MemberStatus.Down) End(downed: true, self.Reason.Length == 0 ? "declared down" : self.Reason);
        else if (self.Status is (MemberStatus.Leaving or MemberStatus.Exiting) && _timer is null) Tick();
    }

    public void Stop() => _timer?.Cancel();

    private void Tick()
    {
        _timer = null;
        if (_core.HasEnded || _core.SelfRecord is not { } self) return;
        if (self.Status == MemberStatus.Leaving) Leave(self);
        else if (self.Status == MemberStatus.Exiting) Exit();
        _core.Commit();
        if (!_core.HasEnded) _timer = _core.Loop.After(Look, Tick);
    }

    private void Leave(MemberRecord self)
    {
        _leavingSince ??= _core.Loop.Now;
        if (!self.Meta.ReadyToExit && !Awaited.Any()) _core.Say(meta => meta with { ReadyToExit = true });
        bool alone = !_core.Table.Members.Any(member => member.Uid != self.Uid && member.IsCore && member.Status < MemberStatus.Exiting);
        bool nobody = alone && !self.IsCore;
        if (_core.Loop.Now - _leavingSince < _core.Settings.LeavingTimeout && !(nobody && self.Meta.ReadyToExit)) return;
        _core.Loop.Reached("left without agreement");
        _core.Raise(_core.Self, MemberStatus.Exiting);
    }

    private void Exit()
    {
        TimeSpan now = _core.Loop.Now;
        _exitingSince ??= now;
        List<UniqueAddress> core = [];
        foreach (MemberRecord member in _core.Table.Members)
        {
            bool leads = member.IsCore && member.Status < MemberStatus.Exiting;
            if (leads && member.Uid != _core.Self.Uid && _core.State.IsReachable(member.Node)) core.Add(member.Node);
        }

        if (core.Count == 0) End(downed: false, "left; no core member remains that could confirm it");
        else if (now - _exitingSince >= _core.Settings.ExitingTimeout) End(downed: false, "left; the leader did not confirm it in time");
        else if (_confirmedAt is not { } last || now - last >= _core.Settings.LeaderInterval)
        {
            _confirmedAt = now;
            foreach (UniqueAddress member in core) _spreader.Send(member, new ExitingConfirmed { Cluster = _core.ClusterTag });
        }
    }

    private void OnYouAreRemoved(UniqueAddress from, YouAreRemoved message)
    {
        _core.Counters.MessagesReceived++;
        if (message.Uid != _core.Self.Uid || _core.HasEnded) return;
        bool inOrder = !message.Downed || _core.SelfRecord is { Status: MemberStatus.Exiting };
        if (!inOrder) _core.Loop.Reached("learnt of its own removal");
        End(!inOrder, inOrder ? "left" : $"removed: {message.Reason} (told by {from})");
    }

    private void End(bool downed, string reason)
    {
        if (_core.HasEnded) return;
        if (_core.IsMember && !IsQuiet) _spreader.SendLastWords();
        _core.End(downed, reason);
    }
}
