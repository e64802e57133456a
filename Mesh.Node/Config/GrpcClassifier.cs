namespace Mesh.Node.Config;

/// <summary>Which gRPC statuses are successes, and which failures a call is made again for: Linkerd's <c>io.l5d.h2.grpc.*</c>.</summary>
/// <param name="Successes">Statuses that are successes, a bit for each code.</param>
/// <param name="Retryable">Statuses that are tried again, a bit for each code, unless they are successes.</param>
/// <param name="ReadsHttp">A response without a gRPC status is tried again as the status that its HTTP status stands for.</param>
internal sealed record GrpcClassifier(uint Successes, uint Retryable, bool ReadsHttp)
{
    /// <summary>The highest status code that gRPC defines; what is above counts as UNKNOWN.</summary>
    public const int MaxCode = 16;

    private const int Ok = 0;
    private const int Unavailable = 14;

    /// <summary>All codes.</summary>
    public const uint All = (1u << (MaxCode + 1)) - 1;

    /// <summary>Only OK.</summary>
    public const uint OnlyOk = 1u << Ok;

    /// <summary>Only UNAVAILABLE.</summary>
    public const uint OnlyUnavailable = 1u << Unavailable;

    public bool IsSuccess(int code) => (Successes & (1u << code)) != 0;

    public bool IsRetryable(int code) => !IsSuccess(code) && (Retryable & (1u << code)) != 0;

    /// <summary>A bit for each code.</summary>
    public static uint Codes(IEnumerable<int> codes) => codes.Aggregate(0u, static (mask, code) => mask | (1u << code));
}

/// <summary>What <c>responseClassifier</c> says: of responses of HTTP, and of gRPC where it is a kind of gRPC's.</summary>
internal sealed record ClassifierConfig(ResponseClassifier Http, GrpcClassifier? Grpc);
