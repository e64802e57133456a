using System.Collections.Immutable;
using Mesh.Actors.Control;
using Mesh.Actors.Downing.Protocol;
using Mesh.Actors.Events;
using Mesh.Actors.Membership;

namespace Mesh.Actors.Downing;

/// <summary>
/// Waits until the core's situation is stable, has it decided, and acts: a survivor's leader, when enough of its side agree with it, declares the
/// others dead; a loser goes without a word.
/// </summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class DowningProvider
{
    private const string Source = "cluster/downing";

    /// <summary>How often the clock is looked at.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    /// <summary>A tick later than this: the process stood still, and what it knows is old.</summary>
    private static readonly TimeSpan Paused = TimeSpan.FromSeconds(1);

    private readonly NodeServices _node;
    private readonly DowningSettings _settings;
    private readonly IMembership _membership;
    private readonly StabilityClock _clock = new();
    private readonly DowningMetrics _metrics;
    private readonly SideVotes _votes = new();
    private ImmutableArray<UniqueAddress> _settled = [];
    private DowningView? _view;
    private ControlTimer? _timer;
    private TimeSpan _due;
    private long _seenVersion = -1;
    private string? _said;

    public DowningProvider(NodeServices node, DowningSettings settings, IMembership membership)
    {
        _node = node;
        _settings = settings;
        _membership = membership;
        _metrics = new DowningMetrics(node.Metrics);
        node.Messenger.Handle<SideQuestion>(OnQuestion);
        node.Messenger.Handle<SideVote>((from, vote) => _votes.Count(from.Uid, vote.Number));
    }

    private TimeSpan Now => _node.Loop.Now;

    public void Start()
    {
        if (_timer is not null) return;
        _membership.Changed += OnChanged;
        Schedule();
    }

    public void Stop()
    {
        _membership.Changed -= OnChanged;
        _timer?.Cancel();
        _timer = null;
    }

    /// <summary>What this node would do now and why, for <c>cluster sbr explain</c>.</summary>
    public ImmutableArray<string> Explain()
    {
        See();
        return DowningExplanation.Of(_view!, _settings, _clock.Left(Now, _settings), _clock.Troubled(Now));
    }

    private void Schedule()
    {
        _due = Now + Tick;
        _timer = _node.Loop.After(Tick, OnTick);
    }

    private void OnChanged(ClusterEvent change) => See();

    private void OnTick()
    {
        TimeSpan now = Now;
        See();
        if (now - _due >= Paused)
        {
            _node.Loop.Reached("downing: a node that stood still waited anew");
            _clock.Restart(now);
        }

        Schedule();
        Decide(now);
    }

    private void See()
    {
        ClusterState state = _membership.State;
        if (state.Version == _seenVersion) return;
        _seenVersion = state.Version;
        DowningView view = DowningView.Of(state, _settled);
        if (_view is not null && Settle(_view, view)) view = DowningView.Of(state, _settled);
        _view = view;
        if (view.Undecided.Count == 0) _votes.Release();
        if (_clock.Observe(view, Now)) _said = null;
    }

    /// <summary>
    /// The leader's Down may come before our own wait is over: those are settled if we would have decided the same. True when there are more.
    /// </summary>
    private bool Settle(DowningView before, DowningView after)
    {
        HashSet<UniqueAddress> down =
            [.. after.Voters.Items.Where(voter => voter.Status == MemberStatus.Down && !_settled.Contains(voter.Node)).Select(voter => voter.Node)];
        if (down.Count == 0 || before.Undecided.Count == 0) return false;
        DowningDecision decision = SplitBrainResolver.Decide(before, _settings);
        if (decision.Outcome != DowningOutcome.DownOthers) return false;
        int known = _settled.Length;
        _settled = [.. _settled.Where(node => after.Voters.Items.Any(voter => voter.Node == node)), .. decision.Down.Where(down.Contains)];
        return _settled.Length != known;
    }

    private void Decide(TimeSpan now)
    {
        if (_view is not { } view || view.Undecided.Count == 0) return;
        int core = view.Voters.Count;
        bool stable = _clock.Left(now, _settings) == TimeSpan.Zero;
        if (!stable && _settings.DownAllWhenUnstable && _clock.Troubled(now) >= _settings.UnstableAfterFor(core))
        {
            _node.Loop.Reached("downing: all went because nothing came to rest");
            Act(SplitBrainResolver.Unstable(view, _clock.Troubled(now)));
        }
        else if (stable)
        {
            Act(SplitBrainResolver.Decide(view, _settings));
        }
    }

    private void Act(DowningDecision decision)
    {
        UniqueAddress self = _membership.State.Self;
        switch (decision.Outcome)
        {
            case DowningOutcome.DownOthers when decision.Actor == self:
                if (!IsAgreed(self)) break;
                _metrics.Survived();
                Say(LogLevel.Warning, $"this side goes on: {decision.Reason}");
                foreach (UniqueAddress node in decision.Down) _membership.Down(node, decision.Reason);
                break;
            case DowningOutcome.DownOthers:
                Say(LogLevel.Warning, $"this side goes on, its leader acts: {decision.Reason}");
                break;
            case DowningOutcome.DownSelf:
                _node.Loop.Reached("downing: a loser ended itself");
                _metrics.Lost();
                Say(LogLevel.Error, $"this node is on the side that ends: {decision.Reason}");
                _membership.Quit(decision.Reason);
                break;
            default:
                Say(LogLevel.Info, decision.Reason);
                break;
        }
    }

    /// <summary>Asks those on this side again until so many say yes that they win without the rest.</summary>
    private bool IsAgreed(UniqueAddress self)
    {
        Side side = Side.Of(_view!);
        if (!_votes.Pledge(side))
        {
            _node.Loop.Reached("downing: a node was pledged to another side");
            Say(LogLevel.Warning, "this node agreed to another side of this split before and leads none now");
            return false;
        }

        SortedSet<ulong> agreed = _votes.For(side, Now);
        agreed.Add(self.Uid);
        if (SplitBrainResolver.Wins(_view!, _settings, agreed)) return true;
        var question = new SideQuestion { Number = _votes.Ask(side, Now) };
        question.Standing.AddRange(side.Standing.Items);
        question.Down.AddRange(side.Down.Items);
        foreach (Voter voter in _view!.Standing)
        {
            if (voter.Node != self) _node.Messenger.Send(voter.Node, question);
        }

        if (agreed.Count > 1) _node.Loop.Reached("downing: a side did not agree at once");
        return false;
    }

    /// <summary>Yes, if this node would decide the same, now, and is not pledged to others.</summary>
    private void OnQuestion(UniqueAddress from, SideQuestion question)
    {
        if (_timer is null) return;
        See();
        if (_view is not { } view || view.Undecided.Count == 0 || _clock.Left(Now, _settings) > TimeSpan.Zero) return;
        Side side = Side.Of(view);
        if (!side.Standing.Items.SequenceEqual(question.Standing) || !side.Down.Items.SequenceEqual(question.Down)) return;
        DowningDecision decision = SplitBrainResolver.Decide(view, _settings);
        if (decision.Outcome != DowningOutcome.DownOthers || decision.Actor != from) return;
        if (_votes.Pledge(side)) _node.Messenger.Send(from, new SideVote { Number = question.Number });
        else _node.Loop.Reached("downing: a node was pledged to another side");
    }

    /// <summary>Once for each situation, not each tick.</summary>
    private void Say(LogLevel level, string message)
    {
        if (message == _said) return;
        _said = message;
        _node.Log(new LogEvent(level, Source, message));
    }
}
