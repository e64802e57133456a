using Mesh.Node.Config;

namespace Mesh.Node.Proxy.Grpc;

/// <summary>What a service's classifier says of a gRPC call's outcome and of another try.</summary>
/// <remarks>
/// Hot path. Where none of gRPC's kinds is written, the server's own faults are failures, and a call is made again after UNAVAILABLE if the
/// classifier of HTTP lets a POST be. Source: Linkerd's GrpcClassifier.
/// </remarks>
internal static class GrpcVerdicts
{
    /// <summary>The code that the outcome stands for.</summary>
    /// <param name="said">The status, or <see cref="GrpcFields.None"/>.</param>
    /// <param name="http">Of the response.</param>
    public static int CodeOf(int said, int http) => said == GrpcFields.None ? GrpcStatus.OfHttp(http) : said;

    public static bool IsFailure(ServiceSettings settings, int code)
    {
        if (settings.Grpc is { } grpc) return !grpc.IsSuccess(code);
        return settings.Classifier != ResponseClassifier.None && (GrpcStatus.ServerFaults & (1u << code)) != 0;
    }

    /// <summary>Whether a call may be made again though its backend may have acted on it.</summary>
    public static bool MayRepeat(ServiceSettings settings) =>
        settings.Grpc is { } grpc ? grpc.Retryable != 0 : settings.Classifier == ResponseClassifier.RetryableAll;

    /// <summary>Whether it is made again after that status, or after a fault of ours that stands for it.</summary>
    public static bool IsRetryable(ServiceSettings settings, int code) =>
        settings.Grpc is { } grpc ? grpc.IsRetryable(code) : MayRepeat(settings) && code == GrpcStatus.Unavailable;

    /// <summary>Whether it is made again after a response that said no status.</summary>
    public static bool IsHttpRetryable(ServiceSettings settings, int http) => settings.Grpc is { } grpc
        ? grpc.ReadsHttp && http != 200 && grpc.IsRetryable(GrpcStatus.OfHttp(http))
        : MayRepeat(settings) && http >= 500;
}
