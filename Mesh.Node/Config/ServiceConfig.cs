namespace Mesh.Node.Config;

/// <summary>Which responses count as failures, of a service name.</summary>
internal enum ResponseClassifier
{
    /// <summary>5xx (<c>io.l5d.http.nonRetryable5XX</c>, Linkerd's default).</summary>
    ServerErrors,

    /// <summary>None that is complete (<c>io.l5d.http.allSuccessful</c>).</summary>
    None,
}

/// <summary>How a service name is treated.</summary>
/// <param name="TotalTimeoutMs">From a request's first byte to its response head, binding and attempts included, milliseconds; null: none.</param>
/// <param name="Classifier">Which responses count as failures.</param>
internal sealed record ServiceConfig(int? TotalTimeoutMs, ResponseClassifier Classifier)
{
    public static ServiceConfig Default { get; } = new(null, ResponseClassifier.ServerErrors);

    /// <summary>Null where none is written.</summary>
    public TimeSpan? TotalTimeout => TotalTimeoutMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null;
}
