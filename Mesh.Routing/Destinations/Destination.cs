using Mesh.Actors;
using Mesh.Discovery.Names;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Wire;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Destinations;

/// <summary>
/// The holder of a bound name's present: requests read <see cref="Current"/> and pick; the destination's actor writes it. It keeps what must
/// survive an actor's crash: endpoints, their memory, counters.
/// </summary>
/// <remarks>Hot path: <see cref="TryPick"/> is one volatile read and the pick. Changes are told to <see cref="OnChange"/> subscribers.</remarks>
public sealed class Destination : ILive<DestinationSnapshot>
{
    /// <summary>Snapshots read in one pick when endpoints leave under it; each further one needs another change in that very moment.</summary>
    private const int MaximumReads = 3;

    private readonly LiveValue<DestinationSnapshot> _current = new(DestinationSnapshot.Pending);
    private readonly ulong _seed;
    private IActorRef? _actor;
    private BoundName _name;
    private BoundName _nextName;
    private DestinationOptions _options;
    private DestinationOptions _nextOptions;
    private AddressState? _takenOver;
    private int _nudged;
    private long _reports;
    private bool _closed;
    private bool _isWeighted;

    internal Destination(BoundName name, DestinationOptions options)
    {
        _name = _nextName = name;
        _options = _nextOptions = options;
        _seed = options.Seed ^ StableHash(name.Id);
        Endpoints = new EndpointTable(this);
        News = new EndpointNews(this);
    }

    /// <summary>The bound name, <c>/#/io.l5d.fs/users</c>.</summary>
    public Path Id => _name.Id;

    /// <summary>What holds now.</summary>
    public DestinationOptions Options => Volatile.Read(ref _options);

    public DestinationCounters Counters { get; } = new();

    /// <summary>Most endpoints are out, and those that failed are used as if they had not.</summary>
    public bool IsPanicking => Tally.IsPanicking;

    /// <summary>Of whoever reports without a time: active checks.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How many endpoints are out, of those that take traffic.</summary>
    internal EndpointTally Tally { get; } = new();

    /// <summary>Some endpoint has a weight; else all are equals.</summary>
    internal bool IsWeighted => Volatile.Read(ref _isWeighted);

    public DestinationSnapshot Current => _current.Current;

    /// <summary>Endpoints present and remembered. Only the destination's actor touches it (and whoever made the destination, before that).</summary>
    internal EndpointTable Endpoints { get; }

    /// <summary>Hears of all that happens to endpoints.</summary>
    internal EndpointNews News { get; }

    internal AccrualConfig Accrual => Options.Accrual;

    /// <summary>Whose addresses are listened to; the actor writes it.</summary>
    internal BoundName Name => Volatile.Read(ref _name);

    /// <summary>The namer's newest object of the name: the actor takes it up at its next look.</summary>
    internal BoundName NextName
    {
        get => Volatile.Read(ref _nextName);
        set => Volatile.Write(ref _nextName, value);
    }

    /// <summary>What the config says by now: the actor takes it up at its next look.</summary>
    internal DestinationOptions NextOptions
    {
        get => Volatile.Read(ref _nextOptions);
        set => Volatile.Write(ref _nextOptions, value);
    }

    /// <summary>Who hears of transitions and answers <see cref="GetDestinationStatus"/>; null until started.</summary>
    public IActorRef? Actor
    {
        get => Volatile.Read(ref _actor);
        internal set => Volatile.Write(ref _actor, value);
    }

    /// <summary>Its place in the table that shares it.</summary>
    internal DestinationTable.Entry? Entry { get; init; }

    /// <summary>The table let it go, and its endpoints leave: whoever still reads it should read its binding again.</summary>
    public bool IsClosed
    {
        get => Volatile.Read(ref _closed);
        internal set => Volatile.Write(ref _closed, value);
    }

    /// <summary>It has nobody, but its addresses are not empty any more: its actor takes them up in a moment.</summary>
    public bool IsBehind =>
        !IsClosed && Current.State == DestinationState.NoAddress && Name.Addresses.Current is AddressState.Known { IsKnownEmpty: false };

    public IDisposable OnChange(Action changed) => _current.OnChange(changed);

    /// <summary>
    /// Picks an endpoint and counts the request as out. False when there is nobody: <see cref="IsClosed"/> asks to read the binding again, else
    /// <see cref="DestinationSnapshot.State"/> says why.
    /// </summary>
    /// <param name="request">What the pick goes by.</param>
    /// <param name="random">The caller's own sequence.</param>
    /// <param name="lease">To be completed once.</param>
    public bool TryPick(in PickRequest request, ref SplitMix64 random, out EndpointLease lease)
    {
        DestinationSnapshot snapshot = Current;
        for (int read = 1; !snapshot.TryPick(request, ref random, Counters, out lease); read++)
        {
            DestinationSnapshot newer = Current;
            if (read == MaximumReads || ReferenceEquals(newer, snapshot)) return false;
            snapshot = newer;
        }

        return true;
    }

    /// <summary>
    /// Asks the actor to look at what there is: addresses, <see cref="NextName"/>, <see cref="NextOptions"/>. One message stands for all that came
    /// before it is taken up, however fast a namer flaps.
    /// </summary>
    internal void Nudge()
    {
        if (Actor is { } actor && Interlocked.Exchange(ref _nudged, 1) == 0) actor.Tell(Look.Instance, null);
    }

    /// <summary>The actor takes the message up: what changes from here on needs another.</summary>
    internal void BeginLook() => Interlocked.Exchange(ref _nudged, 0);

    /// <summary>Takes up a new object of the name. False when there is none.</summary>
    /// <remarks>One caller at a time: the actor.</remarks>
    internal bool TryRename()
    {
        BoundName next = NextName;
        if (ReferenceEquals(next, _name)) return false;
        Volatile.Write(ref _name, next);
        return true;
    }

    /// <summary>Takes up new options: endpoints go on with what they know, the next pick goes by the new rules.</summary>
    /// <remarks>One caller at a time: the actor. If making a resource throws, the old options hold on.</remarks>
    internal void Reconfigure(long nowNs)
    {
        DestinationOptions old = _options;
        DestinationOptions next = NextOptions;
        if (next.Equals(old)) return;
        Volatile.Write(ref _options, next);
        try
        {
            Endpoint[] endpoints = Endpoints.Reequip(next.Balancer.Decay == old.Balancer.Decay, nowNs);
            DestinationSnapshot current = Current;
            Set(new DestinationSnapshot(current.State, current.Reason, endpoints, next.Balancer, Tally, Context(nowNs)));
        }
        catch
        {
            Volatile.Write(ref _options, old);
            throw;
        }

        Settle(nowNs);
        if (next.Accrual.SparesAll && !old.Accrual.SparesAll) Pardon(nowNs);
    }

    /// <summary>Takes over the newest addresses. What cannot be read now leaves the last good set in place.</summary>
    /// <remarks>One caller at a time: the actor.</remarks>
    internal void Refresh(long nowNs)
    {
        AddressState newest = Name.Addresses.Current;
        bool probation = Options.Balancer.EnableProbation;
        AddressState? before = _takenOver;

        // Should it fail halfway, the same addresses are taken over again.
        _takenOver = null;
        switch (newest)
        {
            case AddressState.Known when ReferenceEquals(newest, before) && !Endpoints.AnyUnlisted:
                Endpoints.Forget(nowNs);
                break;
            case AddressState.Known known:
                Publish(Endpoints.Apply(known.Addresses.AsSpan(), probation, nowNs), nowNs);
                break;
            case AddressState.Neg:
                Publish(Endpoints.Apply([], probation, nowNs), nowNs);
                break;
            case AddressState.Failed failed when Current.State is DestinationState.Pending or DestinationState.Failed:
                Set(new DestinationSnapshot(DestinationState.Failed, failed.Reason, [], Options.Balancer, Tally));
                break;
        }

        if (newest is AddressState.Known or AddressState.Neg && !ReferenceEquals(newest, before)) Counters.CountUpdate();
        _takenOver = newest;
        Settle(nowNs);
    }

    /// <summary>The end: lets all endpoints go; those with requests out are released when the last is over.</summary>
    internal void Close(long nowNs)
    {
        Publish(Endpoints.Apply([], probation: false, nowNs), nowNs);
        Settle(nowNs);
    }

    /// <summary>Moves the endpoint's breaker by one outcome; a transition is counted and told once.</summary>
    internal void Report(Endpoint endpoint, BreakerState? ticket, Outcome outcome, long nowNs, long restNs)
    {
        if (ticket is not null && outcome == Outcome.Success && endpoint.Breaker.TryTakeSuccess(ticket, Accrual, nowNs)) return;
        if (outcome == Outcome.ConnectFailure && endpoint.IsUnlisted)
        {
            endpoint.Probation.MarkGone();
            Nudge();
        }

        if (ticket is null || (outcome is Outcome.Ignored or Outcome.Pushback && ticket.Phase == BreakerPhase.Alive)) return;
        SplitMix64 random = default;
        if (outcome != Outcome.Success) random = new SplitMix64(_seed ^ ((ulong)Interlocked.Increment(ref _reports) << 20));
        var seen = new Observation(outcome, nowNs, restNs);
        BreakerChange change = endpoint.Breaker.Report(ticket, seen, Accrual, Tally, ref random);
        if (change.Move != BreakerMove.None) News.Tell(endpoint, change, seen);
    }

    /// <summary>Nothing kills any more: those that are dead live.</summary>
    private void Pardon(long nowNs)
    {
        foreach (Endpoint endpoint in Current.Endpoints)
        {
            BreakerChange change = endpoint.Breaker.Pardon(Accrual, nowNs);
            if (change.Move != BreakerMove.None) News.Tell(endpoint, change, new Observation(Outcome.Ignored, nowNs));
        }
    }

    private void Settle(long nowNs)
    {
        Endpoints.RetireLeavers(nowNs);
        int size = Current.Endpoints.Length;
        int weighted = Current.Endpoints.Count(static endpoint => endpoint.Weight > 0);
        Volatile.Write(ref _isWeighted, weighted > 0);
        foreach (Endpoint endpoint in Current.Endpoints) endpoint.Settle();
        Tally.Bound(weighted > 0 ? weighted : size, Options.Balancer.PanicThreshold, Accrual.MaxEjectedShare);
    }

    private void Set(DestinationSnapshot snapshot)
    {
        if (!snapshot.Endpoints.IsEmpty) Counters.CountRebuild();
        _current.Set(snapshot);
    }

    private void Publish(Endpoint[] endpoints, long nowNs)
    {
        DestinationState state = endpoints.Length == 0 ? DestinationState.NoAddress : DestinationState.Available;
        if (Current.State == state && Current.Holds(endpoints)) return;
        Set(new DestinationSnapshot(state, null, endpoints, Options.Balancer, Tally, Context(nowNs)));
    }

    /// <summary>What the next snapshot's balancer goes on from.</summary>
    private BalancerContext Context(long nowNs) => new(Current.Balancer, nowNs, _seed);

    /// <summary>FNV-1a of the name: the same in every process, unlike GetHashCode.</summary>
    private static ulong StableHash(Path id)
    {
        ulong hash = 14695981039346656037;
        foreach (char letter in id.ToString()) hash = (hash ^ letter) * 1099511628211;
        return hash;
    }
}
