using Mesh.Actors;

namespace Mesh.Node.Config;

/// <summary>What a server does with connections whose bytes nobody reads, and how it tells that they are such.</summary>
/// <param name="IdleTimeoutMs">Without a byte either way, milliseconds.</param>
/// <param name="DetectTimeoutMs">A client that says nothing for so long is taken to wait for its server, milliseconds.</param>
/// <param name="OpaquePorts">Ports whose connections are not waited for at all.</param>
internal sealed record OpaqueServerConfig(int IdleTimeoutMs, int DetectTimeoutMs, EquatableList<int> OpaquePorts)
{
    /// <summary>An hour, milliseconds: Envoy's, and HAProxy's usual <c>timeout tunnel</c>.</summary>
    public const int DefaultIdleTimeoutMs = 3_600_000;

    /// <summary>Milliseconds: a client that speaks first does within a round trip of its connect, which it has just made.</summary>
    public const int DefaultDetectTimeoutMs = 100;

    /// <summary>
    /// SMTP and submission, POP3, IMAP and MySQL, whose servers speak first; PostgreSQL, Redis and memcached, which are neither TLS nor HTTP.
    /// </summary>
    public static EquatableList<int> DefaultOpaquePorts { get; } = [25, 110, 143, 587, 3306, 5432, 6379, 11211];

    public static OpaqueServerConfig Default { get; } = new(DefaultIdleTimeoutMs, DefaultDetectTimeoutMs, DefaultOpaquePorts);

    public TimeSpan IdleTimeout => TimeSpan.FromMilliseconds(IdleTimeoutMs);

    public TimeSpan DetectTimeout => TimeSpan.FromMilliseconds(DetectTimeoutMs);
}
