namespace Mesh.Wire.Tls;

/// <summary>Why a connection did not become a secured one.</summary>
public enum TlsFailure : byte
{
    None = 0,

    /// <summary>The deadline passed.</summary>
    TimedOut,

    /// <summary>What came is no TLS: the peer speaks something else on this port.</summary>
    NotTls,

    /// <summary>The peer's certificate comes from nobody who is trusted, is out of date, or is not made for its part.</summary>
    Untrusted,

    /// <summary>The peer's certificate names others than the one that was dialled.</summary>
    WrongName,

    /// <summary>The peer showed no certificate and must.</summary>
    NoCertificate,

    /// <summary>The peer ended it with an alert: it does not take our certificate, our versions or our name.</summary>
    Refused,

    /// <summary>The peer closed without a word.</summary>
    Closed,

    /// <summary>Anything else: nothing in common, bytes that are damaged, the own key unusable.</summary>
    Failed,

    /// <summary>It was not begun: the peer speaks no TLS, and this node dials nobody of its kind without.</summary>
    PlainForbidden,

    /// <summary>It was not begun: the peer speaks TLS alone, and this node has no certificates.</summary>
    Unequipped,

    /// <summary>The peer speaks nothing of what was offered (ALPN), or did not choose what must be spoken.</summary>
    OtherProtocol,
}
