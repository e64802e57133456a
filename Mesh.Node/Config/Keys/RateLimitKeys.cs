using Mesh.Node.Config.Schema;
using Mesh.Routing.Limits;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of an item of <c>rateLimits</c>.</summary>
internal static class RateLimitKeys
{
    public static readonly DecimalKey RequestsPerSec = new("requestsPerSec", 1, 0.001, 1_000_000, "requests per second", "the steady rate")
    {
        Required = true,
    };

    public static readonly OptionalIntKey Burst = new(
        "burst", "the rate, rounded up", 1, 1_000_000, "requests", "How many may come at once after a pause.");

    public static readonly KindKey<RequestKeyConfig?> Caller = new(
        "caller", RequestKeyKinds.Table, "By what callers are told apart, each with a rate of its own; all together where it is not written.");

    public static readonly Section<ServiceRateLimitConfig> Section = new(
        "an item of `rateLimits`",
        "How many requests a service takes, in all or from each caller; 429 with Retry-After beyond. Every item must let a request in.",
        [RequestsPerSec, Burst, Caller],
        static view => new ServiceRateLimitConfig(
            new RateLimitConfig(view.Get(RequestsPerSec), view.Get(Burst) ?? (int)Math.Ceiling(view.Get(RequestsPerSec))),
            view.GetOr(Caller, null)));
}
