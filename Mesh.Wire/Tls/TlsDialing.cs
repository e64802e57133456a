using System.Net.Security;

namespace Mesh.Wire.Tls;

/// <summary>
/// How a connection is secured by whoever dials it. Compared by value: connections to one address under equal terms are shared, under others they
/// are not.
/// </summary>
public abstract record TlsDialing
{
    /// <summary>For a handshake that begins now. On the thread pool: may read files.</summary>
    /// <param name="verdict">Told what is wrong with the peer's certificate.</param>
    public abstract SslClientAuthenticationOptions Options(TlsVerdict verdict);

    /// <summary>Why nobody is dialled at all, if so.</summary>
    public virtual TlsFailure Obstacle => TlsFailure.None;
}

/// <summary>A node dials another: both show the certificates of their cluster.</summary>
/// <param name="Files">The own certificate and the cluster's authorities.</param>
/// <param name="Host">What the other's certificate must speak for: its host as the cluster knows it.</param>
public sealed record NodeDialing(CertificateFiles Files, string Host) : TlsDialing
{
    public override SslClientAuthenticationOptions Options(TlsVerdict verdict)
    {
        SslClientAuthenticationOptions options = MutualTls.Client(Files.Current(), Host, verdict, checksHost: true);
        options.ApplicationProtocols = [.. NodeProtocols.Offered];
        return options;
    }
}

/// <summary>Nobody is dialled: it would be a connection that one side or the other must not make.</summary>
/// <param name="Why">Of <see cref="TlsDialing.Obstacle"/>.</param>
public sealed record NoDialing(TlsFailure Why) : TlsDialing
{
    public override TlsFailure Obstacle => Why;

    public override SslClientAuthenticationOptions Options(TlsVerdict verdict) => throw new InvalidOperationException("nobody is dialled");
}

/// <summary>What nodes speak with each other inside TLS (ALPN, RFC 7301).</summary>
public static class NodeProtocols
{
    /// <summary>Requests multiplexed over HTTP/2. A node that does not know it selects HTTP/1.1.</summary>
    public static SslApplicationProtocol Mesh { get; } = new("mesh/1");

    /// <summary>What this node speaks, the preferred first.</summary>
    public static IReadOnlyList<SslApplicationProtocol> Offered { get; } = [Mesh, SslApplicationProtocol.Http11];
}
