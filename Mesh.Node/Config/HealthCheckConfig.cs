namespace Mesh.Node.Config;

/// <summary>Active checks of each endpoint, beside what traffic shows. Compared by value.</summary>
internal sealed record HealthCheckConfig
{
    public const int DefaultIntervalMs = 10_000;
    public const int DefaultTimeoutMs = 1_000;
    public const int DefaultHealthyThreshold = 2;
    public const int DefaultUnhealthyThreshold = 3;

    /// <summary>GET this path and expect 2xx or 3xx; null: a TCP connection is enough.</summary>
    public string? Path { get; init; }

    /// <summary>The Host of the check; null: the authority that discovery gives the endpoint, or else its address.</summary>
    public string? Host { get; init; }

    /// <summary>The port to ask; null: the endpoint's own.</summary>
    public int? Port { get; init; }

    /// <summary>Between two checks of an endpoint, spread by a tenth at random, milliseconds.</summary>
    public int IntervalMs { get; init; } = DefaultIntervalMs;

    /// <summary>For a whole check, milliseconds.</summary>
    public int TimeoutMs { get; init; } = DefaultTimeoutMs;

    /// <summary>Good checks in a row that bring a sick endpoint back.</summary>
    public int HealthyThreshold { get; init; } = DefaultHealthyThreshold;

    /// <summary>Bad checks in a row that take an endpoint out.</summary>
    public int UnhealthyThreshold { get; init; } = DefaultUnhealthyThreshold;
}
