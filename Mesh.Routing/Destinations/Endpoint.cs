using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using Mesh.Discovery.Names;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Wire;

namespace Mesh.Routing.Destinations;

/// <summary>
/// One address of a destination, with what is known of it: requests out, latency, breaker, what checks say, whether it asks to be spared.
/// </summary>
/// <remarks>
/// Hot path, any thread, no lock. It outlives snapshots and actor restarts. Leaving is a rundown: the owner marks the endpoint as retired, late
/// pickers that still hold an old snapshot are turned away, and whoever brings the count of requests to zero releases the resource.
/// </remarks>
public sealed class Endpoint
{
    /// <summary>Bit of <see cref="_occupancy"/> that says: left the set. The bits below count requests out.</summary>
    private const int Retired = 1 << 30;

    internal Breaker Breaker;
    internal PeakEwmaLoad Load;
    internal FailureShare Failing;
    internal readonly Destination Owner;

    /// <summary>Whether discovery knows the address.</summary>
    internal Probation Probation = new();

    private IEndpointResource? _resource;
    private int _occupancy;
    private double _weight;
    private Sickness? _sickness;
    private Doubt? _doubt;
    private Ailments _counted;
    private Pushback _pushback = new();
    private long _recoveredAtNs = long.MinValue;

    internal Endpoint(Destination owner, WeightedAddress address, EndpointMemory memory, IEndpointResource? resource, long nowNs)
    {
        Owner = owner;
        Key = EndpointKey.Of(address);
        _weight = address.Weight;
        _doubt = Destinations.Doubt.Next(null, address.Doubt, nowNs);
        JoinedAtNs = nowNs;
        Breaker = new Breaker(memory.Breaker);
        Load = memory.Load;
        _resource = resource;
    }

    /// <summary>What tells it from all others of its destination, for good.</summary>
    public EndpointKey Key { get; }

    public IPEndPoint Address => Key.Address;

    /// <summary>Relative to its siblings; 0 takes no traffic.</summary>
    public double Weight
    {
        get => Volatile.Read(ref _weight);
        internal set => Volatile.Write(ref _weight, value);
    }

    /// <summary>Requests that were picked for this endpoint and are not completed.</summary>
    public int InFlight => Volatile.Read(ref _occupancy) & (Retired - 1);

    /// <summary>Whether the address left the set.</summary>
    public bool IsRetired => (Volatile.Read(ref _occupancy) & Retired) != 0;

    public BreakerPhase Phase => Breaker.State.Phase;

    /// <summary>When it joined the set, monotonic nanoseconds; an address that comes back joins anew.</summary>
    public long JoinedAtNs { get; }

    /// <summary>
    /// Since when it has been taking requests, monotonic nanoseconds: it joined, or came back from death or sickness. A cold process is not met by
    /// its full share at once (slow start). While it is out, when it last began to.
    /// </summary>
    public long WarmSinceNs => Math.Max(Math.Max(JoinedAtNs, Breaker.State.LifeSinceNs), Volatile.Read(ref _recoveredAtNs));

    /// <summary>Failures in a row: of the present life; of a dead endpoint those that killed it and all since.</summary>
    public int ConsecutiveFailures => Volatile.Read(ref Breaker.State.Failures);

    /// <summary>
    /// What the node hung here; null without a factory, or once released. There is one while a lease is held; a change of options may replace it.
    /// </summary>
    public IEndpointResource? Resource => Volatile.Read(ref _resource);

    /// <summary>Active checks say that it does not work; false where there are none.</summary>
    public bool IsSick => Sickness is not null;

    /// <summary>What active checks say; null: nothing bad.</summary>
    internal Sickness? Sickness => Volatile.Read(ref _sickness);

    internal Doubt? Doubt => Volatile.Read(ref _doubt);

    /// <summary>Until when it asked to be spared, monotonic nanoseconds; in the past: not any more, or never.</summary>
    internal long SparedUntilNs => _pushback.UntilNs;

    /// <summary>When it began to ask.</summary>
    internal long SparedSinceNs => _pushback.SinceNs;

    /// <summary>When it recovered from sickness, monotonic nanoseconds; <see cref="long.MinValue"/>: was never sick.</summary>
    internal long RecoveredAtNs => Volatile.Read(ref _recoveredAtNs);

    /// <summary>Discovery dropped the address; it stays while it works (probation).</summary>
    internal bool IsUnlisted => Probation.IsUnlisted;

    /// <summary>Alive, not sick, not doubted.</summary>
    internal bool IsUsable => Standing() == Ailments.None;

    /// <summary>By the last that is known nothing listens there: sending requests would relieve nobody.</summary>
    internal bool IsRefusing => Breaker.State.IsRefusing || Sickness is { Refuses: true };

    /// <summary>
    /// Whether balancers should prefer it: it does not ask to be spared, and is healthy and alive or due for a probe, or could be of use in panic.
    /// </summary>
    internal bool IsOpen(long nowNs) => IsPlainlyOpen(Breaker.State, nowNs) || IsOpenStill(nowNs);

    /// <summary>What active checks say; told and counted where it changes. One caller at a time: who checks.</summary>
    /// <param name="isSick">Whether it should be left out.</param>
    /// <param name="evidence">What the last check met, such as <c>GET /health answered 500</c>.</param>
    /// <param name="refuses">Nothing listens there: it is not used in panic either.</param>
    public void SetSick(bool isSick, string? evidence = null, bool refuses = false)
    {
        Sickness? before = Sickness;
        if (!isSick && before is null) return;
        long nowNs = Owner.Clock.Nanoseconds();
        Sickness? after = isSick ? new Sickness(before?.SinceNs ?? nowNs, evidence, refuses) : null;
        if (after == before) return;
        Volatile.Write(ref _sickness, after);
        if (isSick && before is not null) return;
        if (!isSick) Volatile.Write(ref _recoveredAtNs, nowNs);
        Owner.News.Tell(this, after, nowNs);
    }

    /// <summary>What discovery says; one caller at a time: who has the set. To be settled after.</summary>
    internal void SetDoubt(string? reason, long nowNs) => Volatile.Write(ref _doubt, Destinations.Doubt.Next(_doubt, reason, nowNs));

    /// <summary>Lets a request in if breaker, checks and discovery do, or there is panic, and the endpoint is still in the set.</summary>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    /// <param name="lease">To be completed once.</param>
    /// <param name="despitePushback">Also while it asks to be spared.</param>
    internal bool TryAdmit(long nowNs, out EndpointLease lease, bool despitePushback = false)
    {
        BreakerState state = Breaker.State;
        return IsPlainlyOpen(state, nowNs) ? TryEnter(state, nowNs, out lease) : TryAdmitStill(state, nowNs, despitePushback, out lease);
    }

    /// <summary>
    /// Lets a request in whatever the breaker says. Its outcome moves nothing, unless the endpoint lives, or was dead for refusing connections: there
    /// a success proves the contrary.
    /// </summary>
    internal bool TryForce(long nowNs, out EndpointLease lease)
    {
        BreakerState state = Breaker.State;
        bool counts = state.Phase == BreakerPhase.Alive || (state.Phase == BreakerPhase.Dead && state.IsRefusing);
        return TryEnter(counts ? state : null, nowNs, out lease);
    }

    /// <summary>A latency that is known by its lower bound only: it may raise the cost, never lower it.</summary>
    internal void ObserveAtLeast(long nowNs, long rttNs)
    {
        if (rttNs > Load.Cost(nowNs)) Load.Observe(nowNs, rttNs);
    }

    /// <summary>A request is over; <paramref name="rttNs"/> is what it took, negative when that says nothing.</summary>
    internal void Complete(BreakerState? ticket, long rttNs, Outcome outcome, long nowNs, long restNs)
    {
        if (outcome is Outcome.Success or Outcome.Failure && rttNs >= 0) Load.Observe(nowNs, rttNs);
        if (outcome <= Outcome.ConnectFailure) Failing.Take(outcome != Outcome.Success, nowNs, Owner.Options.Balancer.Decay);
        else if (outcome == Outcome.Pushback) PushBack(nowNs, restNs);
        Owner.Report(this, ticket, outcome, nowNs, restNs);
        Leave();
    }

    /// <summary>Makes the tally count this endpoint as it is. To be called after each change of what is counted, by whoever made it.</summary>
    /// <remarks>
    /// Whoever writes last looks again: if another change came between, it is written too. So once all have settled, the tally is right, whatever
    /// the order in which they came.
    /// </remarks>
    /// <param name="reserved">Places among the dead that the caller took for this endpoint.</param>
    internal void Settle(int reserved = 0)
    {
        Ailments standing;
        do
        {
            standing = Counted();
            Owner.Tally.Move(Interlocked.Exchange(ref _counted, standing), standing, reserved);
            reserved = 0;
        }
        while (standing != Counted());
    }

    /// <summary>
    /// Takes over what another object knew of the same address, beside its memory. Not what checks say: who checks says it again, and where nobody
    /// does any more, nobody could take it back.
    /// </summary>
    internal void Inherit(Endpoint old)
    {
        _pushback = old._pushback;
        _recoveredAtNs = old.RecoveredAtNs;
        Probation = old.Probation;
        Settle();
    }

    /// <summary>
    /// Hangs another resource on it; the one before is disposed, and who took something from it may go on using that. Only while the endpoint is in
    /// the set, by whoever may retire it.
    /// </summary>
    internal void Equip(IEndpointResource? resource) => Interlocked.Exchange(ref _resource, resource)?.Dispose();

    /// <summary>Takes the endpoint out: nobody comes in any more, and nobody counts it. Once.</summary>
    internal void Retire()
    {
        if (Interlocked.Or(ref _occupancy, Retired) == 0) Release();
        Settle();
    }

    /// <summary>Who left, or takes no traffic, relieves nobody and is missed by nobody.</summary>
    private Ailments Counted() => IsRetired || (!(Weight > 0) && Owner.IsWeighted) ? Ailments.None : Standing();

    private Ailments Standing() =>
        (Breaker.State.Phase == BreakerPhase.Alive ? Ailments.None : Ailments.Dead)
        | (IsSick ? Ailments.Sick : Ailments.None) | (Doubt is null ? Ailments.None : Ailments.Doubted);

    private bool IsWellSpokenOf => Sickness is null && Doubt is null;

    /// <summary>Alive, healthy, not doubted, and not asking to be spared: most are, always.</summary>
    private bool IsPlainlyOpen(BreakerState state, long nowNs) =>
        state.Phase == BreakerPhase.Alive && IsWellSpokenOf && nowNs >= SparedUntilNs;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool IsOpenStill(long nowNs) =>
        nowNs >= SparedUntilNs && ((Breaker.IsOpen(nowNs) && IsWellSpokenOf) || (Owner.Tally.IsPanicking && !IsRefusing));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryAdmitStill(BreakerState state, long nowNs, bool despitePushback, out EndpointLease lease)
    {
        lease = default;
        if (nowNs < SparedUntilNs && !despitePushback) return false;
        if (state.Phase == BreakerPhase.Alive && IsWellSpokenOf) return TryEnter(state, nowNs, out lease);
        if (Owner.Tally.IsPanicking && !IsRefusing) return TryAdmitInPanic(state, nowNs, out lease);
        return IsWellSpokenOf && TryAdmitProbe(nowNs, out lease);
    }

    /// <summary>
    /// Beside a probe that is out, outcomes move nothing. Else the rest itself is the ticket: there is no single probe among requests that are let in
    /// anyway.
    /// </summary>
    private bool TryAdmitInPanic(BreakerState state, long nowNs, out EndpointLease lease)
    {
        if (!TryEnter(state.Phase == BreakerPhase.Probing ? null : state, nowNs, out lease)) return false;
        Owner.Counters.CountPanicPick();
        return true;
    }

    private bool TryAdmitProbe(long nowNs, out EndpointLease lease)
    {
        lease = default;
        if (!Breaker.TryAdmit(nowNs, out BreakerState? ticket)) return false;
        if (TryEnter(ticket, nowNs, out lease))
        {
            if (ticket!.Phase == BreakerPhase.Probing) Owner.Counters.CountProbe();
            return true;
        }

        SplitMix64 unused = default;
        Breaker.Report(ticket, new Observation(Outcome.Ignored, nowNs), Owner.Accrual, Owner.Tally, ref unused);
        return false;
    }

    private void PushBack(long nowNs, long restNs)
    {
        Owner.Counters.CountPushback();
        _pushback.Extend(new Observation(Outcome.Pushback, nowNs, restNs));
    }

    private bool TryEnter(BreakerState? ticket, long nowNs, out EndpointLease lease)
    {
        if ((Interlocked.Increment(ref _occupancy) & Retired) == 0)
        {
            lease = new EndpointLease(this, ticket, nowNs);
            return true;
        }

        Leave();
        lease = default;
        return false;
    }

    private void Leave()
    {
        int left = Interlocked.Decrement(ref _occupancy);
        Debug.Assert(left >= 0 && left != Retired - 1, "a lease was completed twice");
        if (left == Retired) Release();
    }

    private void Release() => Interlocked.Exchange(ref _resource, null)?.Dispose();
}
