using System.Collections.Immutable;
using System.Net;

namespace Mesh.Node.Config;

/// <summary>Where operators, scrapers and dashboards reach the node itself.</summary>
/// <param name="Ip">Loopback unless the operator says otherwise.</param>
/// <param name="Port">0 takes a free one.</param>
/// <param name="ShutdownGraceMs">How long requests in flight may finish after SIGTERM, milliseconds.</param>
/// <param name="Security">Which paths answer.</param>
/// <param name="Tls">The certificate of the admin port; null for plain HTTP.</param>
internal sealed record AdminConfig(IPAddress Ip, int Port, int ShutdownGraceMs, AdminSecurityConfig Security, AdminTlsConfig? Tls)
{
    /// <summary>Linkerd's.</summary>
    public const int DefaultPort = 9990;

    /// <summary>Linkerd's, milliseconds.</summary>
    public const int DefaultShutdownGraceMs = 10_000;

    public TimeSpan ShutdownGrace => TimeSpan.FromMilliseconds(ShutdownGraceMs);
}

/// <summary>Which admin paths answer; one that does not is 404. The blacklist is asked first, then the whitelist, then the three switches.</summary>
/// <param name="UiEnabled">The pages for people.</param>
/// <param name="ControlEnabled">Whatever changes something: shutdown, log levels.</param>
/// <param name="DiagnosticsEnabled">Whatever only tells.</param>
/// <param name="PathWhitelist">Regular expressions that match whole paths.</param>
/// <param name="PathBlacklist">Regular expressions that match whole paths.</param>
internal sealed record AdminSecurityConfig(
    bool UiEnabled,
    bool ControlEnabled,
    bool DiagnosticsEnabled,
    ImmutableArray<string> PathWhitelist,
    ImmutableArray<string> PathBlacklist)
{
    public static AdminSecurityConfig Default { get; } = new(true, true, true, [], []);
}

/// <summary>The admin port's certificate, by file.</summary>
/// <param name="CertPath">PEM.</param>
/// <param name="KeyPath">PEM, PKCS #8.</param>
/// <param name="IntermediateCertsPath">PEM; null for none.</param>
/// <param name="CaCertPath">PEM, whom client certificates are checked against; null: the system's.</param>
/// <param name="RequireClientAuth">Whether a client must have a certificate.</param>
internal sealed record AdminTlsConfig(string CertPath, string KeyPath, string? IntermediateCertsPath, string? CaCertPath, bool RequireClientAuth);
