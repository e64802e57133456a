using System.Globalization;
using System.Net;
using Mesh.Node.Config;
using Mesh.Node.Proxy.RequestKeys;
using Mesh.Routing.Limits;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;

namespace Mesh.Node.Proxy.RateLimits;

/// <summary>One item of a service's <c>rateLimits</c>, with its state.</summary>
/// <remarks>Hot path, any thread, no allocation, also where it refuses.</remarks>
internal sealed class ServiceLimit
{
    private readonly RateLimiter? _all;
    private readonly CallerLimiter? _each;
    private readonly RequestKey? _key;
    private readonly FaultReport _refusal;
    private long _refused;

    /// <param name="service">Of the name, for the text.</param>
    /// <param name="config">What it allows.</param>
    public ServiceLimit(string service, ServiceRateLimitConfig config)
    {
        Config = config;
        _key = config.Caller is { } by ? new RequestKey(by) : null;
        if (_key is null) _all = new RateLimiter(config.Rate);
        else _each = new CallerLimiter(config.Rate);
        string rate = config.Rate.RequestsPerSecond.ToString("0.###", CultureInfo.InvariantCulture);
        Name = config.Caller is { } caller ? $"{rate}/s by {Words(caller)}" : $"{rate}/s";
        _refusal = new FaultReport(
            new Fault(FaultStage.Admit, FaultParty.Client, FaultCause.RateLimited),
            $"{service} takes {rate} requests a second"
            + (config.Caller is { } told ? $" from each caller ({Words(told)})" : "")
            + $", {config.Rate.Burst} at once after a pause, and this one is beyond that; Retry-After says when to come again. "
            + "The service's rateLimits (requestsPerSec, burst) set this limit.");
    }

    public ServiceRateLimitConfig Config { get; }

    /// <summary>What metrics call it: <c>100/s</c>, <c>5/s by header x-user</c>.</summary>
    public string Name { get; }

    /// <summary>Requests refused since it was made.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>When what is used now is forgotten, nanoseconds from now, at most.</summary>
    public double RefillNs => 1e9 / Config.Rate.RequestsPerSecond * Config.Rate.Burst;

    /// <summary>Takes a token, or tells why not.</summary>
    public bool TryTake(RequestHead head, IPAddress? source, long nowNs, out FaultReport refusal)
    {
        long retryAfterNs;
        bool taken = _each is null ? _all!.TryTake(nowNs, out retryAfterNs) : _each.TryTake(_key!.Of(head, source), nowNs, out retryAfterNs);
        refusal = default;
        if (taken) return true;
        Interlocked.Increment(ref _refused);
        refusal = _refusal with { RetryAfterSeconds = (int)Math.Clamp((retryAfterNs + 999_999_999) / 1_000_000_000, 1, int.MaxValue) };
        return false;
    }

    /// <summary>Another limit refused the request: the token goes back.</summary>
    public void GiveBack(RequestHead head, IPAddress? source)
    {
        if (_each is null) _all!.GiveBack();
        else _each.GiveBack(_key!.Of(head, source));
    }

    private static string Words(RequestKeyConfig caller) => caller.Kind switch
    {
        RequestKeyKind.Header => $"header {caller.Name}",
        RequestKeyKind.Cookie => $"cookie {caller.Name}",
        _ => "address",
    };
}
