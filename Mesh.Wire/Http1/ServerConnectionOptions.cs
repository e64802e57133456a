using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>
/// What a client connection may cost in time and bytes. Times in nanoseconds; <see cref="Loops.LoopTimer.Never"/> switches one off.
/// </summary>
public sealed record ServerConnectionOptions
{
    public Http1Limits Limits { get; init; } = Http1Limits.Default;

    /// <summary>From the first byte of a head to its end: the defence against slow heads. nginx has 60 s, HAProxy's guide 5..10 s.</summary>
    public long HeadTimeoutNs { get; init; } = 10_000_000_000;

    /// <summary>Between requests. nginx has 75 s.</summary>
    public long IdleTimeoutNs { get; init; } = 600_000_000_000;

    /// <summary>Between two pieces of a request body, and for a client to take a piece of a response. nginx and HAProxy have 60 s.</summary>
    public long BodyIdleTimeoutNs { get; init; } = 60_000_000_000;

    /// <summary>Between two bytes of an upgraded connection, both directions together.</summary>
    public long TunnelIdleTimeoutNs { get; init; } = 3_600_000_000_000;

    /// <summary>A connection older than this ends after its present exchange.</summary>
    public long LifeTimeNs { get; init; } = Loops.LoopTimer.Never;

    /// <summary>Told once when a connection has closed.</summary>
    public Action<IServerConnection>? OnClosed { get; init; }

    /// <summary>Asked at each request that offers an upgrade; null: nobody takes the transport over.</summary>
    public UpgradeTaker? TryUpgrade { get; init; }
}

/// <summary>May take a transport over at a request of HTTP/1 that offers an upgrade, before anybody serves it.</summary>
/// <param name="from">At that request. If it is taken over, it is over, and will not say so again.</param>
/// <param name="unread">What was received behind the request; lives as long as the call.</param>
/// <returns>It did.</returns>
public delegate bool UpgradeTaker(Http1ServerConnection from, ReadOnlySpan<byte> unread);
