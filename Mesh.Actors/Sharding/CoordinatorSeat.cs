using System.Collections.Immutable;
using Mesh.Actors.Events;
using Mesh.Actors.Journals;
using Mesh.Actors.Membership;

namespace Mesh.Actors.Sharding;

/// <summary>This node's candidature for coordinating a type: the lease, and the coordinator while it is held.</summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class CoordinatorSeat(ShardingNode node, string typeName, int numberOfShards, Action<ImmutableArray<ShardEffect>> run)
{
    private readonly CoordinatorLease _lease = new(node.Settings);
    private readonly string _leaseName = $"sharding/{typeName}";
    private ShardCoordinatorCore? _core;
    private long _lastTerm;
    private long _lastCounter;
    private bool _left;

    public bool IsHeld => _core is not null && _lease.IsHeld(Now);

    private TimeSpan Now => node.Services.Loop.Now;

    /// <summary>False when this node does not coordinate.</summary>
    public bool Feed(CoordinatorInput input)
    {
        if (_core is null) return false;
        ImmutableArray<ShardEffect> effects = _core.Handle(input, Now);
        if (effects.OfType<ShardEffect.Deposed>().FirstOrDefault() is { } deposed)
        {
            Vacate(deposed.HigherTerm > 0 ? $"term {deposed.HigherTerm} has begun" : "its lease is over");
            return false;
        }

        run(effects);
        return true;
    }

    /// <param name="silence">How long the region heard no coordinator.</param>
    /// <param name="another">It heard another node coordinate just now.</param>
    public void Tick(TimeSpan silence, bool another)
    {
        TimeSpan now = Now;
        if (_core is not null && !_lease.IsHeld(now)) Vacate("its lease is over");
        ClusterState view = node.Membership.State;

        // Who holds the lease keeps it while it leaves: its own shards are still to be handed over.
        bool mayKeep = _core is not null && view.SelfMember is { Status: not MemberStatus.Down };
        int rank = _left ? -1 : mayKeep ? 0 : ShardingView.Rank(view);
        if (_lease.ShouldAsk(rank, silence, another, now))
        {
            node.Ask(
                cancel => node.Journal.AcquireLease(_leaseName, node.Self.Uid, node.Settings.Lease, cancel),
                outcome => Answered(now, outcome),
                () => _lease.Failed(now));
        }

        Feed(CoordinatorInput.Tick.Instance);
    }

    public ShardingInfo? Describe() => IsHeld ? _core!.Describe(typeName, node.Self, Now) : null;

    /// <summary>The node ends. Where no grant of this term runs any more the lease is given back, so that nobody waits for its end.</summary>
    public void Leave(bool nothingRunsHere)
    {
        _left = true;
        bool release = _core is not null && nothingRunsHere && _core.MayRelease(node.Self, Now);
        _core = null;
        _lease.Depose();
        if (release) node.Ask(cancel => Release(cancel), static _ => { }, static () => { });
    }

    private async ValueTask<bool> Release(CancellationToken cancel)
    {
        await node.Journal.ReleaseLease(_leaseName, node.Self.Uid, cancel).ConfigureAwait(false);
        return true;
    }

    private void Answered(TimeSpan askedAt, LeaseOutcome outcome)
    {
        if (_left) return;
        _lease.Answered(askedAt, outcome.Held, outcome.Term, outcome.Holder);
        if (!_lease.IsHeld(Now))
        {
            if (_core is not null) Vacate("another holds its lease");
            return;
        }

        if (_core is not null && _core.Term == _lease.Term)
        {
            Feed(new CoordinatorInput.Lease(_lease.Deadline));
            return;
        }

        long counter = _lease.Term == _lastTerm ? _lastCounter : 0;
        _core = new ShardCoordinatorCore(
            _lease.Term, counter, _lease.Deadline, numberOfShards, node.Settings, node.Membership.State, node.RecentlyLost(Now), Now);
        Say($"coordinates from here, term {_lease.Term}");
        Feed(CoordinatorInput.Tick.Instance);
    }

    private void Vacate(string why)
    {
        if (_core is null) return;
        (_lastTerm, _lastCounter) = (_core.Term, _core.Counter);
        _core = null;
        _lease.Depose();
        node.Services.Loop.Reached("a coordinator lost its seat");
        Say($"does not coordinate from here any more: {why}");
    }

    private void Say(string text) => node.Services.Log(new LogEvent(LogLevel.Info, $"sharding/{typeName}", text));
}
