using System.Net.Sockets;
using System.Security.Authentication;
using Mesh.Node.Config;
using Mesh.Wire.Faults;

namespace Mesh.Node.Health;

/// <summary>Makes a result of what was thrown while an endpoint was checked.</summary>
internal static class CheckFailures
{
    /// <summary>Characters of a text that is not ours.</summary>
    private const int MaxForeignText = 200;

    /// <param name="failure">What was thrown.</param>
    /// <param name="config">What was asked.</param>
    /// <param name="isLate">The check's time was over.</param>
    public static CheckResult ResultOf(Exception failure, HealthCheckConfig config, bool isLate)
    {
        string asked = config.Path is { } path ? $"GET {path}" : "TCP connection";
        if (isLate) return Bad($"{asked}: not done within {config.TimeoutMs} ms");
        if (SocketErrorOf(failure) is { } error)
        {
            return error.IsOurOwn()
                ? new CheckResult(CheckVerdict.Void, $"{asked}: this host has no descriptor, port or memory left ({error})")
                : Bad($"{asked}: {Words(error)}") with { Refuses = error == SocketError.ConnectionRefused };
        }

        return failure switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } => Bad($"{asked}: closed without a complete response"),
            HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } => Bad($"{asked}: the response broke off"),
            AuthenticationException or HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => Bad(
                $"{asked}: no TLS: {Short((failure as AuthenticationException ?? failure.InnerException ?? failure).Message)}"),
            HttpRequestException { HttpRequestError: HttpRequestError.VersionNegotiationError } => Bad($"{asked}: it does not choose HTTP/2"),
            _ => Bad($"{asked}: {Short(failure.Message)}"),
        };
    }

    private static string Short(string text) => text[..Math.Min(text.Length, MaxForeignText)];

    private static SocketError? SocketErrorOf(Exception? failure)
    {
        while (failure is not (null or SocketException)) failure = failure.InnerException;
        return (failure as SocketException)?.SocketErrorCode;
    }

    private static string Words(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset",
        SocketError.HostUnreachable => "host unreachable",
        SocketError.NetworkUnreachable => "network unreachable",
        _ => error.ToString(),
    };

    private static CheckResult Bad(string evidence) => new(CheckVerdict.Bad, evidence);
}
