using System.Diagnostics;
using System.Net;
using Mesh.Discovery.Names;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Wire;

namespace Mesh.Routing.Destinations;

/// <summary>One address of a destination, with what is known of it: requests out, latency, breaker.</summary>
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
    private readonly Destination _owner;
    private IEndpointResource? _resource;
    private int _occupancy;
    private double _weight;
    private bool _sick;

    internal Endpoint(Destination owner, WeightedAddress address, EndpointMemory memory, IEndpointResource? resource, long nowNs)
    {
        _owner = owner;
        Address = address.EndPoint;
        _weight = address.Weight;
        JoinedAtNs = nowNs;
        Breaker = new Breaker(memory.Breaker);
        Load = memory.Load;
        _resource = resource;
    }

    public IPEndPoint Address { get; }

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

    /// <summary>From when a slow start counts, monotonic nanoseconds.</summary>
    public long WarmSinceNs => JoinedAtNs;

    /// <summary>Failures in a row, of the present life or of the one that ended.</summary>
    public int ConsecutiveFailures => Volatile.Read(ref Breaker.State.Failures);

    /// <summary>
    /// What the node hung here; null without a factory, or once released. There is one while a lease is held; a change of options may replace it.
    /// </summary>
    public IEndpointResource? Resource => Volatile.Read(ref _resource);

    /// <summary>Active checks say that it does not work; false where there are none.</summary>
    public bool IsSick => Volatile.Read(ref _sick);

    /// <summary>Whether balancers should prefer it: not sick, and alive or due for a probe.</summary>
    internal bool IsOpen(long nowNs) => Breaker.IsOpen(nowNs) && !IsSick;

    /// <summary>What active checks say; told where it changes. One caller at a time: who checks.</summary>
    public void SetSick(bool isSick) => Volatile.Write(ref _sick, isSick);

    /// <summary>Lets a request in if the breaker does and the endpoint is still in the set.</summary>
    internal bool TryAdmit(long nowNs, out EndpointLease lease)
    {
        if (Breaker.TryAdmit(nowNs, out BreakerState? ticket))
        {
            if (TryEnter())
            {
                lease = new EndpointLease(this, ticket, nowNs);
                if (ticket!.Phase == BreakerPhase.Probing) _owner.Counters.CountProbe();
                return true;
            }

            SplitMix64 unused = default;
            Breaker.Report(ticket, Outcome.Ignored, _owner.Accrual, nowNs, ref unused);
        }

        lease = default;
        return false;
    }

    /// <summary>Lets a request in whatever the breaker says; its outcome moves nothing unless the endpoint lives.</summary>
    internal bool TryForce(long nowNs, out EndpointLease lease)
    {
        BreakerState state = Breaker.State;
        bool entered = TryEnter();
        lease = entered ? new EndpointLease(this, state.Phase == BreakerPhase.Alive ? state : null, nowNs) : default;
        return entered;
    }

    internal void Complete(BreakerState? ticket, long startNs, Outcome outcome, long nowNs, long restNs)
    {
        if (outcome is Outcome.Success or Outcome.Failure) Load.Observe(nowNs, nowNs - startNs);
        _owner.Report(this, ticket, outcome, nowNs);
        Leave();
    }

    /// <summary>
    /// Hangs another resource on it; the one before is disposed, and who took something from it may go on using that. Only while the endpoint is in
    /// the set, by whoever may retire it.
    /// </summary>
    internal void Equip(IEndpointResource? resource) => Interlocked.Exchange(ref _resource, resource)?.Dispose();

    /// <summary>Takes the endpoint out: nobody comes in any more. Once.</summary>
    internal void Retire()
    {
        if (Interlocked.Or(ref _occupancy, Retired) == 0) Release();
    }

    private bool TryEnter()
    {
        if ((Interlocked.Increment(ref _occupancy) & Retired) == 0) return true;
        Leave();
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
