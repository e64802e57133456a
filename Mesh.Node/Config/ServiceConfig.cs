using System.Collections.Immutable;

namespace Mesh.Node.Config;

/// <summary>Which responses count as failures, and which failures may be tried again, of a service name. Linkerd's kinds.</summary>
/// <remarks>
/// Timeouts and connections that broke before the response are failures of the same rank as a 5xx under each of them. A failure that a node behind
/// marks as harmless (<c>l5d-retryable: true</c>) may be tried again under all of them but <see cref="None"/>.
/// </remarks>
internal enum ResponseClassifier
{
    /// <summary>5xx is a failure, none is tried again (<c>io.l5d.http.nonRetryable5XX</c>, Linkerd's default).</summary>
    ServerErrors,

    /// <summary>No complete response is a failure (<c>io.l5d.http.allSuccessful</c>).</summary>
    None,

    /// <summary>5xx; GET, HEAD, OPTIONS and TRACE may be tried again (<c>io.l5d.http.retryableRead5XX</c>).</summary>
    RetryableRead,

    /// <summary>5xx; PUT and DELETE may be, too (<c>io.l5d.http.retryableIdempotent5XX</c>).</summary>
    RetryableIdempotent,

    /// <summary>5xx; every method may be (<c>io.l5d.http.retryableAll5XX</c>).</summary>
    RetryableAll,
}

/// <summary>How a service name is treated.</summary>
/// <param name="TotalTimeoutMs">From a request's first byte to its response head, binding and attempts included, milliseconds; null: none.</param>
/// <param name="Classifier">Which responses count as failures.</param>
internal sealed record ServiceConfig(int? TotalTimeoutMs, ResponseClassifier Classifier)
{
    public static ServiceConfig Default { get; } = new(null, ResponseClassifier.ServerErrors);

    /// <summary>Null where none is written.</summary>
    public TimeSpan? TotalTimeout => TotalTimeoutMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null;

    /// <summary>How gRPC calls are judged; null, the default: as gRPC's own failures are, or as <see cref="Classifier"/> has it.</summary>
    public GrpcClassifier? Grpc { get; init; }

    public RetriesConfig Retries { get; init; } = RetriesConfig.Default;

    /// <summary>All must let a request in.</summary>
    public ImmutableArray<ServiceRateLimitConfig> RateLimits { get; init; } = [];

    /// <summary>The first that matches, share included, has its way.</summary>
    public ImmutableArray<FaultInjectionConfig> FaultInjection { get; init; } = [];

    /// <summary>Lists are equal by what they hold.</summary>
    public bool Equals(ServiceConfig? other) =>
        other is not null && TotalTimeoutMs == other.TotalTimeoutMs && Classifier == other.Classifier && Grpc == other.Grpc
        && Retries == other.Retries && RateLimits.SequenceEqual(other.RateLimits) && FaultInjection.SequenceEqual(other.FaultInjection);

    public override int GetHashCode() => HashCode.Combine(TotalTimeoutMs, Classifier, Retries, RateLimits.Length, FaultInjection.Length);
}
