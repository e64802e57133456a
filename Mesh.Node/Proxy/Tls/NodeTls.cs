using Mesh.Wire.Tls;

namespace Mesh.Node.Proxy.Tls;

/// <summary>How this node speaks with the inbound sides of others. Pure but for the files.</summary>
/// <param name="Files">Of <c>cluster.tls</c>; null: none.</param>
/// <param name="IsInsecure">Of <c>cluster.insecure</c>.</param>
internal sealed record NodeTls(CertificateFiles? Files, bool IsInsecure)
{
    public static NodeTls None { get; } = new(null, false);

    /// <summary>
    /// The terms on which an inbound side is dialled. It is never the other node's word alone that takes TLS off: what speaks none is dialled by a
    /// node with certificates only where its own operator says so.
    /// </summary>
    /// <param name="host">Whom its certificate must speak for, as its instances' rows say; null: it speaks no TLS.</param>
    /// <returns>Null: plain bytes.</returns>
    public TlsDialing? TermsOf(string? host) => (Files, host) switch
    {
        (null, null) => null,
        (null, _) => new NoDialing(TlsFailure.Unequipped),
        (_, null) => IsInsecure ? null : new NoDialing(TlsFailure.PlainForbidden),
        ({ } files, _) => new NodeDialing(files, host),
    };
}
