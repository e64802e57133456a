using Mesh.Routing.Accrual;
using Mesh.Routing.Retries;

namespace Mesh.Node.Config;

/// <summary>Whether and how requests of a service name are sent again. Which failures are retried is the classifier's word.</summary>
internal sealed record RetriesConfig
{
    /// <summary>Retries of one request. Linkerd has no limit but the budget's.</summary>
    public const int DefaultMaxRetries = 5;

    /// <summary>64 KiB, bytes: linkerd2's.</summary>
    public const int DefaultMaxBufferBytes = 64 * 1024;

    /// <summary>1 MiB, bytes: what <see cref="MaxBufferBytes"/> may be at most.</summary>
    public const int MaxBufferBytesLimit = 1024 * 1024;

    public static RetriesConfig Default { get; } = new();

    public RetryBudgetConfig Budget { get; init; } = RetryBudgetConfig.Default;

    /// <summary>Pauses before retries; null, the default: none.</summary>
    public BackoffConfig? Backoff { get; init; }

    /// <summary>Retries of one request, 0 or more.</summary>
    public int MaxRetries { get; init; } = DefaultMaxRetries;

    /// <summary>The largest request body that is kept so that it can be sent again, bytes; larger ones are sent once. 0: none is kept.</summary>
    public int MaxBufferBytes { get; init; } = DefaultMaxBufferBytes;

    /// <summary>
    /// After this long without a response head, milliseconds, an idempotent request is sent to a second endpoint too, and the first answer serves;
    /// null, the default: never.
    /// </summary>
    public int? HedgeDelayMs { get; init; }
}
