using System.Collections.Immutable;
using System.Net;
using Mesh.Node.Config;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Proxy.RateLimits;

/// <summary>The rate limits of a service name, shared by all bindings of that name, whatever rules they bring.</summary>
/// <remarks>
/// Hot path, any thread: one volatile read and a token of each limit. All must agree; what the first ones gave goes back when a later one refuses.
/// </remarks>
internal sealed class ServiceLimits
{
    private volatile ServiceLimit[] _limits = [];

    internal ServiceLimits(Path? service) => Service = service;

    /// <summary>Lets everything in.</summary>
    public static ServiceLimits None { get; } = new(null);

    /// <summary>Whose they are; null of <see cref="None"/>.</summary>
    public Path? Service { get; }

    public bool IsNone => _limits.Length == 0;

    /// <summary>The limits in the order of the config; a reload replaces those that changed.</summary>
    public IReadOnlyList<ServiceLimit> All => _limits;

    /// <summary>How long their state matters after the last request, nanoseconds.</summary>
    internal double RefillNs => _limits.Select(static limit => limit.RefillNs).DefaultIfEmpty().Max();

    /// <summary>Holders; under the table's lock.</summary>
    internal int Holders { get; set; }

    /// <summary>When the last holder went, monotonic nanoseconds; under the table's lock.</summary>
    internal long IdleSinceNs { get; set; }

    /// <summary>Lets a request in, or tells which limit it would exceed and when to come again.</summary>
    /// <param name="head">The request.</param>
    /// <param name="source">The client's address, where known.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    /// <param name="refusal">429 with Retry-After.</param>
    public bool TryTake(RequestHead head, IPAddress? source, long nowNs, out FaultReport refusal)
    {
        ServiceLimit[] limits = _limits;
        for (int i = 0; i < limits.Length; i++)
        {
            if (limits[i].TryTake(head, source, nowNs, out refusal)) continue;
            while (--i >= 0) limits[i].GiveBack(head, source);
            return false;
        }

        refusal = default;
        return true;
    }

    /// <summary>Follows a config; limits that stay keep their state. Under the table's lock.</summary>
    internal void Apply(ImmutableArray<ServiceRateLimitConfig> config, Func<ServiceRateLimitConfig, ServiceLimit> make)
    {
        List<ServiceLimit> before = [.. _limits];
        if (before.Select(static limit => limit.Config).SequenceEqual(config)) return;
        List<ServiceLimit> now = [];
        foreach (ServiceRateLimitConfig each in config)
        {
            int kept = before.FindIndex(limit => limit.Config == each);
            now.Add(kept < 0 ? make(each) : before[kept]);
            if (kept >= 0) before.RemoveAt(kept);
        }

        _limits = [.. now];
    }
}
