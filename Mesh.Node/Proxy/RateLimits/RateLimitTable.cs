using System.Collections.Immutable;
using Mesh.Node.Config;
using Mesh.Routing.Destinations;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Proxy.RateLimits;

/// <summary>The rate limits of a router's service names, counted by the bindings that hold them.</summary>
/// <param name="clock">The same monotonic time as the requests'.</param>
/// <remarks>
/// Any thread, cold. Limits outlive their last binding for as long as there is something to remember: who floods the bindings with names so that
/// one is forgotten does not get a full bucket for it.
/// </remarks>
internal sealed class RateLimitTable(TimeProvider clock)
{
    /// <summary>Names whose limits are remembered though no binding holds them; beyond it the longest idle go.</summary>
    public const int MaxIdle = 1000;

    private readonly Dictionary<Path, ServiceLimits> _names = [];
    private readonly Lock _gate = new();
    private int _idle;

    /// <summary>Names with limits, idle ones included.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _names.Count;
        }
    }

    /// <summary>The limits of a name, the same for all who ask; given back with <see cref="Release"/>.</summary>
    public ServiceLimits Acquire(Path service, ImmutableArray<ServiceRateLimitConfig> config)
    {
        if (config.IsDefaultOrEmpty) return ServiceLimits.None;
        lock (_gate)
        {
            bool isNew = !_names.TryGetValue(service, out ServiceLimits? limits);
            if (limits is null) _names.Add(service, limits = new ServiceLimits(service));
            if (limits.Holders++ == 0 && !isNew) _idle--;
            limits.Apply(config, each => new ServiceLimit(service.ToString(), each));
            return limits;
        }
    }

    /// <summary>A holder follows a reload: what it holds from now on. Limits that did not change keep their state.</summary>
    /// <param name="held">What it held; released unless it is the result.</param>
    /// <param name="service">Its name.</param>
    /// <param name="config">What is configured now.</param>
    public ServiceLimits Reconfigure(ServiceLimits held, Path service, ImmutableArray<ServiceRateLimitConfig> config)
    {
        ServiceLimits now = Acquire(service, config);
        Release(held);
        return now;
    }

    /// <summary>Gives back what <see cref="Acquire"/> gave, once.</summary>
    public void Release(ServiceLimits limits)
    {
        if (limits.Service is null) return;
        lock (_gate)
        {
            if (--limits.Holders > 0) return;
            limits.IdleSinceNs = clock.Nanoseconds();
            if (++_idle > MaxIdle) Sweep(limits.IdleSinceNs);
        }
    }

    private void Sweep(long nowNs)
    {
        foreach (ServiceLimits full in _names.Values.Where(limits => limits.Holders == 0 && nowNs - limits.IdleSinceNs >= limits.RefillNs).ToArray())
        {
            Forget(full);
        }

        while (_idle > MaxIdle) Forget(_names.Values.Where(static limits => limits.Holders == 0).MinBy(static limits => limits.IdleSinceNs)!);
    }

    private void Forget(ServiceLimits limits)
    {
        _names.Remove(limits.Service!);
        _idle--;
    }
}
