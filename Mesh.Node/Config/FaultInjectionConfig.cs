namespace Mesh.Node.Config;

/// <summary>A drill: a share of the requests of a service name is delayed, or answered with an error, by the node itself.</summary>
/// <param name="Share">Of the requests that match, 0 to 1.</param>
/// <param name="Header">Only requests with this header field; null: all.</param>
/// <param name="Value">Only with this value of it, exactly; null: with any.</param>
/// <param name="DelayMs">To wait before anything else happens, milliseconds; null: no wait.</param>
/// <param name="AbortStatus">The status to answer with instead of calling anybody, 400 to 599; null: the request goes on.</param>
internal sealed record FaultInjectionConfig(double Share, string? Header, string? Value, int? DelayMs, int? AbortStatus)
{
    /// <summary>Drills of one service name: each is asked for every request.</summary>
    public const int MaxOfService = 8;
}
