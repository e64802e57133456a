using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using Mesh.Actors;

namespace Mesh.Node.Config;

/// <summary>How a server secures what it accepts.</summary>
/// <param name="CertPath">PEM.</param>
/// <param name="KeyPath">PEM.</param>
internal sealed record ServerTlsConfig(string CertPath, string KeyPath)
{
    /// <summary>Ten seconds, milliseconds.</summary>
    public const int DefaultHandshakeTimeoutMs = 10_000;

    /// <summary>Certificates between the server's and its authority; null: none, or in <see cref="CertPath"/>.</summary>
    public string? IntermediateCertsPath { get; init; }

    /// <summary>Whom clients' certificates must come from; null: one whom the system trusts.</summary>
    public string? CaCertPath { get; init; }

    /// <summary>A client without such a certificate is not taken; else none is asked for.</summary>
    public bool RequireClientAuth { get; init; }

    public SslProtocols Versions { get; init; }

    /// <summary>Empty: the system's policy decides.</summary>
    public EquatableList<TlsCipherSuite> Ciphers { get; init; } = [];

    /// <summary>From the accept to the end of the handshake, milliseconds.</summary>
    public int HandshakeTimeoutMs { get; init; } = DefaultHandshakeTimeoutMs;

    /// <summary>Connections that are accepted and not secured yet.</summary>
    public int MaxHandshakes { get; init; }
}

/// <summary>How a destination's endpoints are spoken with.</summary>
internal sealed record ClientTlsConfig
{
    /// <summary>What an endpoint's certificate must name; null: whoever answers is believed.</summary>
    public string? CommonName { get; init; }

    /// <summary>Files of authorities; empty: whom the system trusts.</summary>
    public EquatableList<string> TrustCerts { get; init; } = [];

    /// <summary>What is shown; null: nothing.</summary>
    public ClientAuthConfig? ClientAuth { get; init; }

    public SslProtocols Versions { get; init; }

    /// <summary>With what the prefix captured put into the name.</summary>
    public ClientTlsConfig With(ImmutableDictionary<string, string> captures) =>
        CommonName is null ? this : this with { CommonName = Mesh.Discovery.Names.PathMatcher.Substitute(CommonName, captures) };
}

/// <summary>A client's own certificate.</summary>
/// <param name="CertPath">PEM.</param>
/// <param name="KeyPath">PEM.</param>
/// <param name="IntermediateCertsPath">PEM; null: none, or in <paramref name="CertPath"/>.</param>
internal sealed record ClientAuthConfig(string CertPath, string KeyPath, string? IntermediateCertsPath);
