using Mesh.Routing.Limits;

namespace Mesh.Node.Config;

/// <summary>How many requests a service name takes in a time, in all or from each caller.</summary>
/// <param name="Rate">The steady rate and its bursts.</param>
/// <param name="Caller">By what callers are told apart; null: all together.</param>
internal sealed record ServiceRateLimitConfig(RateLimitConfig Rate, RequestKeyConfig? Caller)
{
    /// <summary>Limits of one service name: each is asked for every request.</summary>
    public const int MaxOfService = 8;
}
