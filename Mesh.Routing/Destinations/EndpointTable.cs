using Mesh.Discovery.Names;

namespace Mesh.Routing.Destinations;

/// <summary>The endpoints of a destination that are there, and what is remembered of those that left.</summary>
/// <remarks>
/// One caller at a time. A leaver is remembered for <see cref="MemoryNs"/>, because address sets flap (a restarted namer, a lost watch) and
/// a bad endpoint must not come back as a good one.
/// </remarks>
internal sealed class EndpointTable(Destination owner)
{
    /// <summary>Leavers remembered; the oldest go first.</summary>
    internal const int MaximumRemembered = 1000;

    /// <summary>Endpoints of one destination; addresses beyond, in the order given, are left out.</summary>
    internal const int MaximumEndpoints = 10_000;

    /// <summary>How long a leaver is remembered: 5 minutes, the longest rest of the default back-off.</summary>
    internal const long MemoryNs = 300_000_000_000;

    /// <summary>
    /// How long an endpoint that works stays though discovery dropped it, where probation is on: 5 minutes. A discovery that is wrong for longer is
    /// believed.
    /// </summary>
    internal const long MaximumProbationNs = 300_000_000_000;

    private readonly Dictionary<EndpointKey, EndpointMemory> _remembered = [];
    private readonly Queue<(EndpointKey Key, long LeftAtNs)> _leavers = new();
    private readonly List<Endpoint> _leaving = [];
    private readonly List<Endpoint> _replaced = [];
    private Dictionary<EndpointKey, Endpoint> _present = [];
    private Endpoint[] _order = [];

    internal int Remembered => _remembered.Count;

    /// <summary>Some endpoint is on probation: the same addresses may mean others at another time.</summary>
    internal bool AnyUnlisted => Array.Exists(_order, static endpoint => endpoint.IsUnlisted);

    /// <summary>
    /// Makes the set be these addresses, of doubles the first: the endpoints in that order, the same array when nothing changed. Behind them come
    /// those on probation: dropped, but working.
    /// </summary>
    /// <param name="addresses">What discovery says.</param>
    /// <param name="probation">Whether dropped endpoints stay while they work (Finagle's <c>eagerEviction</c>, the other way round).</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    /// <remarks>
    /// Publish the array before <see cref="RetireLeavers"/>: whom a leaver turns away must find the new one. If making a resource throws, the table
    /// is as before.
    /// </remarks>
    internal Endpoint[] Apply(ReadOnlySpan<WeightedAddress> addresses, bool probation, long nowNs)
    {
        Forget(nowNs);
        var next = new Dictionary<EndpointKey, Endpoint>(addresses.Length);
        var order = new List<Endpoint>(addresses.Length);
        var places = new List<int>(addresses.Length);
        var joiners = new List<Endpoint>();
        try
        {
            for (int i = 0; i < addresses.Length && order.Count < MaximumEndpoints; i++)
            {
                EndpointKey key = EndpointKey.Of(addresses[i]);
                if (next.ContainsKey(key)) continue;
                if (!_present.TryGetValue(key, out Endpoint? endpoint)) joiners.Add(endpoint = Join(addresses[i], nowNs));
                next.Add(key, endpoint);
                order.Add(endpoint);
                places.Add(i);
            }
        }
        catch
        {
            foreach (Endpoint joiner in joiners) joiner.Retire();
            throw;
        }

        foreach (Endpoint joiner in joiners) _remembered.Remove(joiner.Key);
        bool reweighted = Reweigh(addresses, order, places, nowNs);
        int unlisted = Part(next, order, probation, nowNs);
        owner.Counters.CountSet(joiners.Count, _leaving.Count, unlisted);
        bool same = !reweighted && order.Count == _order.Length && order.SequenceEqual(_order);
        _present = next;
        return same ? _order : _order = [.. order];
    }

    /// <summary>Turns the leavers' doors shut and remembers what they had learnt.</summary>
    internal void RetireLeavers(long nowNs)
    {
        foreach (Endpoint endpoint in _leaving)
        {
            endpoint.Retire();
            Remember(endpoint, nowNs);
        }

        _leaving.Clear();
        foreach (Endpoint endpoint in _replaced) endpoint.Retire();
        _replaced.Clear();
    }

    private Endpoint Join(WeightedAddress address, long nowNs)
    {
        EndpointMemory memory = _remembered.TryGetValue(EndpointKey.Of(address), out EndpointMemory? remembered)
            ? remembered.Under(owner.Options, nowNs)
            : EndpointMemory.Blank(owner.Options, nowNs);
        var endpoint = new Endpoint(owner, address, memory, owner.Options.Resources?.Invoke(EndpointKey.Of(address)), nowNs);
        endpoint.Settle();
        return endpoint;
    }

    /// <summary>Parts those whom discovery dropped into who leaves and who may stay; how many stay that did not before.</summary>
    private int Part(Dictionary<EndpointKey, Endpoint> next, List<Endpoint> order, bool probation, long nowNs)
    {
        int unlisted = 0;
        foreach (Endpoint endpoint in order) endpoint.Probation.List(isListed: true, nowNs);
        foreach (Endpoint endpoint in _order)
        {
            if (next.ContainsKey(endpoint.Key)) continue;
            if (probation && order.Count < MaximumEndpoints && endpoint.IsUsable && !endpoint.Probation.IsOver(nowNs))
            {
                if (!endpoint.IsUnlisted) unlisted++;
                endpoint.Probation.List(isListed: false, nowNs);
                next.Add(endpoint.Key, endpoint);
                order.Add(endpoint);
            }
            else
            {
                _leaving.Add(endpoint);
            }
        }

        return unlisted;
    }

    /// <summary>
    /// Brings the present endpoints under the owner's new options: each gets a new resource. The same objects stay, with all they know and the
    /// requests that are out; only a new time constant of the latency, which readers could see half written, needs new objects. These begin with
    /// no requests out; the old ones' requests end with them.
    /// </summary>
    /// <remarks>To be followed as <see cref="Apply"/>. If making a resource throws, the table is as before.</remarks>
    internal Endpoint[] Reequip(bool keepObjects, long nowNs)
    {
        var resources = new List<IEndpointResource?>(_order.Length);
        try
        {
            foreach (Endpoint endpoint in _order) resources.Add(owner.Options.Resources?.Invoke(endpoint.Key));
        }
        catch
        {
            foreach (IEndpointResource? resource in resources) resource?.Dispose();
            throw;
        }

        if (keepObjects)
        {
            foreach ((Endpoint endpoint, IEndpointResource? resource) in _order.Zip(resources)) endpoint.Equip(resource);
            return _order;
        }

        _replaced.AddRange(_order);
        _order = [.. _order.Zip(resources, (old, resource) => Renewed(old, resource, nowNs))];
        _present = _order.ToDictionary(static endpoint => endpoint.Key);
        return _order;
    }

    private Endpoint Renewed(Endpoint old, IEndpointResource? resource, long nowNs)
    {
        EndpointMemory memory = EndpointMemory.Of(old, nowNs).Under(owner.Options, nowNs);
        WeightedAddress address = new(old.Address, old.Weight)
        {
            Instance = old.Key.Instance,
            Host = old.Key.Host,
            Protocol = old.Key.Protocol,
            Authority = old.Key.Authority,
            Doubt = old.Doubt?.Reason,
        };
        var endpoint = new Endpoint(owner, address, memory, resource, old.JoinedAtNs);
        endpoint.Inherit(old);
        return endpoint;
    }

    /// <summary>Takes over weights and doubts; whether a weight changed. Doubts are read live: no new snapshot.</summary>
    /// <param name="addresses">What discovery says.</param>
    /// <param name="order">Whom it names.</param>
    /// <param name="places">Where among the addresses each of them is named first.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    private static bool Reweigh(ReadOnlySpan<WeightedAddress> addresses, List<Endpoint> order, List<int> places, long nowNs)
    {
        bool changed = false;
        for (int i = 0; i < places.Count; i++)
        {
            WeightedAddress address = addresses[places[i]];
            changed |= !order[i].Weight.Equals(address.Weight);
            order[i].Weight = address.Weight;
            order[i].SetDoubt(address.Doubt, nowNs);
        }

        return changed;
    }

    private void Remember(Endpoint endpoint, long nowNs)
    {
        while (_leavers.Count >= MaximumRemembered) DropOldest();
        _remembered[endpoint.Key] = EndpointMemory.Of(endpoint, nowNs);
        _leavers.Enqueue((endpoint.Key, nowNs));
    }

    /// <summary>Forgets leavers that are remembered for long enough.</summary>
    internal void Forget(long nowNs)
    {
        while (_leavers.TryPeek(out (EndpointKey Key, long LeftAtNs) oldest) && nowNs - oldest.LeftAtNs > MemoryNs) DropOldest();
    }

    private void DropOldest()
    {
        (EndpointKey key, long leftAtNs) = _leavers.Dequeue();
        if (_remembered.TryGetValue(key, out EndpointMemory? memory) && memory.LeftAtNs == leftAtNs) _remembered.Remove(key);
    }
}
