using Mesh.Wire.Tls;

namespace Mesh.Node.Proxy.Tls;

/// <summary>What became of a handshake, in labels of series and in words for whoever reads the log of the side that was dialled.</summary>
internal static class TlsWords
{
    /// <summary>The label's value, for each failure by its number.</summary>
    private static readonly string[] s_labels =
    [
        "none", "timed_out", "not_tls", "untrusted", "wrong_name", "no_certificate", "refused", "closed", "failed", "plain_forbidden", "unequipped",
        "other_protocol",
    ];

    public static string Label(TlsFailure failure) => s_labels[(int)failure];

    /// <summary>A connection came and did not become a secured one.</summary>
    public static string OfArrival(TlsFailure failure, string? detail, string remedy) => failure switch
    {
        TlsFailure.TimedOut => "it did not shake hands in time",
        TlsFailure.NotTls => $"it speaks no TLS. {remedy}",
        TlsFailure.NoCertificate => "it showed no certificate, and must",
        TlsFailure.Untrusted => $"its certificate is not trusted: {detail}",
        TlsFailure.Refused => $"it ended the handshake: {detail} Does it trust this certificate, and the name in it?",
        TlsFailure.Closed => $"it left within the handshake: {detail}",
        _ => detail ?? "the handshake failed",
    };
}
