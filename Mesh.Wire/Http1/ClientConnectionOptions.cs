namespace Mesh.Wire.Http1;

/// <summary>
/// What a backend connection may cost in time and bytes. Times in nanoseconds; <see cref="Loops.LoopTimer.Never"/> switches one off.
/// </summary>
public sealed record ClientConnectionOptions
{
    public Http1Limits Limits { get; init; } = Http1Limits.Default;

    /// <summary>For a TCP connection to be made. Linkerd's fixed value is 1 s.</summary>
    public long ConnectTimeoutNs { get; init; } = 1_000_000_000;

    /// <summary>
    /// From the end of a request to the head of its response, and between two pieces of its body. Envoy's stream idle timeout is 300 s.
    /// </summary>
    public long ResponseIdleTimeoutNs { get; init; } = 300_000_000_000;

    /// <summary>For a backend to take a piece of a request. nginx and HAProxy have 60 s.</summary>
    public long WriteTimeoutNs { get; init; } = 60_000_000_000;

    /// <summary>Between two bytes of an upgraded connection, both directions together.</summary>
    public long TunnelIdleTimeoutNs { get; init; } = 3_600_000_000_000;

    /// <summary>In the pool. Below the 60..75 s after which most servers close, so that it is us who close first.</summary>
    public long PoolIdleTimeoutNs { get; init; } = 55_000_000_000;

    /// <summary>A connection older than this serves no further exchange.</summary>
    public long LifeTimeNs { get; init; } = Loops.LoopTimer.Never;
}
