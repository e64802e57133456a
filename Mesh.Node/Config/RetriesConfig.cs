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

    /// <summary>Of a response, bytes: Linkerd's.</summary>
    public const int DefaultMaxResponseBufferBytes = 16_383;

    /// <summary>A quarter of a stream's window, bytes: more would wait for room that only reading makes.</summary>
    public const int MaxResponseBufferBytesLimit = 64 * 1024;

    /// <summary>Linkerd's.</summary>
    public const int DefaultClassificationTimeoutMs = 100;

    public static RetriesConfig Default { get; } = new();

    public RetryBudgetConfig Budget { get; init; } = RetryBudgetConfig.Default;

    /// <summary>Pauses before retries; null, the default: none.</summary>
    public BackoffConfig? Backoff { get; init; }

    /// <summary>Retries of one request, 0 or more.</summary>
    public int MaxRetries { get; init; } = DefaultMaxRetries;

    /// <summary>The largest request body that is kept so that it can be sent again, bytes; larger ones are sent once. 0: none is kept.</summary>
    public int MaxBufferBytes { get; init; } = DefaultMaxBufferBytes;

    /// <summary>How much of a gRPC call's response is held back until its status is known, bytes, if the call may be made again.</summary>
    public int MaxResponseBufferBytes { get; init; } = DefaultMaxResponseBufferBytes;

    /// <summary>How long it is held back at most, milliseconds; 0: not at all.</summary>
    public int ClassificationTimeoutMs { get; init; } = DefaultClassificationTimeoutMs;

    /// <summary>
    /// After this long without a response head, milliseconds, an idempotent request is sent to a second endpoint too, and the first answer serves;
    /// null, the default: never.
    /// </summary>
    public int? HedgeDelayMs { get; init; }
}

/// <summary>How much is kept so that a request can be sent again (Linkerd's <c>retryBufferSize</c>).</summary>
/// <param name="RequestBytes">Of the request's body.</param>
/// <param name="ResponseBytes">Of a gRPC call's response.</param>
internal readonly record struct RetryBufferSize(int RequestBytes, int ResponseBytes);
