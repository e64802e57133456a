namespace Mesh.Routing.Retries;

/// <summary>How many retries are allowed in proportion to requests (Linkerd: <c>budget</c>, <c>requeueBudget</c>). Compared by value.</summary>
/// <remarks>Both 0: no retries at all.</remarks>
public sealed record RetryBudgetConfig
{
    public const int DefaultMinRetriesPerSecond = 10;
    public const double DefaultPercentCanRetry = 0.2;

    public static readonly TimeSpan DefaultTimeToLive = TimeSpan.FromSeconds(10);

    public static RetryBudgetConfig Default { get; } = new();

    /// <summary>Retries per second that are allowed however few requests there are; 0 or more.</summary>
    public int MinRetriesPerSecond { get; init; } = DefaultMinRetriesPerSecond;

    /// <summary>Retries per request, 0 to 1000: 0.2 lets the load grow by a fifth. Linkerd's name for what is a share.</summary>
    public double PercentCanRetry { get; init; } = DefaultPercentCanRetry;

    /// <summary>How long a request counts, 1 s to 60 s. Longer lets a burst of failures draw on more of what came before.</summary>
    public TimeSpan TimeToLive { get; init; } = DefaultTimeToLive;
}
