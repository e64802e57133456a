namespace Mesh.Routing.Limits;

/// <summary>How many requests may be out to a destination at once, and how many wait for their turn. Compared by value.</summary>
public sealed record ConcurrencyConfig
{
    public const int DefaultMaxRequests = 1024;
    public const int DefaultMinRequests = 2;
    public const int DefaultInitialRequests = 20;
    public const int DefaultMaxQueued = 100;

    /// <summary>Whether the limit follows what the destination bears; else it is <see cref="MaxRequests"/>.</summary>
    public bool IsAdaptive { get; init; }

    /// <summary>The limit, or the highest that an adaptive one may reach; 1 or more.</summary>
    public int MaxRequests { get; init; } = DefaultMaxRequests;

    /// <summary>The lowest that an adaptive limit may reach; 1 or more.</summary>
    public int MinRequests { get; init; } = DefaultMinRequests;

    /// <summary>Where an adaptive limit begins.</summary>
    public int InitialRequests { get; init; } = DefaultInitialRequests;

    /// <summary>Requests that wait for their turn; the next is refused at once. 0: none waits.</summary>
    public int MaxQueued { get; init; } = DefaultMaxQueued;
}
