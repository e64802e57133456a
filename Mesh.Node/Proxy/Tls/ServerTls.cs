using System.Net.Security;
using Mesh.Wire.Tls;

namespace Mesh.Node.Proxy.Tls;

/// <summary>How a server secures what it accepts.</summary>
/// <param name="Options">For a handshake that begins now; on the thread pool: may read files.</param>
/// <param name="Remedy">What whoever comes without TLS is told to do.</param>
internal sealed record ServerTls(Func<TlsVerdict, SslServerAuthenticationOptions> Options, string Remedy)
{
    /// <summary>nginx has 60 s; a round trip or two and some arithmetic are all that it takes.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Connections. Each costs 40 KB or so from its first byte on, and little before.</summary>
    public const int DefaultMaxHandshakes = 4096;

    /// <summary>From the accept to the end of the handshake.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>Connections that are accepted and not secured yet; one more is reset.</summary>
    public int MaxHandshakes { get; init; } = DefaultMaxHandshakes;

    /// <summary>HTTP may be spoken inside: who comes without TLS is told so in its words. Else nobody knows the words.</summary>
    public bool SpeaksHttp { get; init; } = true;

    /// <summary>What comes without TLS is served too: a fleet is on its way to it.</summary>
    public bool TakesPlain { get; init; }
}
