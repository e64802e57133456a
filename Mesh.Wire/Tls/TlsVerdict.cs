using System.Security.Cryptography.X509Certificates;

namespace Mesh.Wire.Tls;

/// <summary>What one handshake's check of the peer's certificate found; the framework itself tells only that it failed.</summary>
/// <remarks>Written within the handshake, read after it.</remarks>
public sealed class TlsVerdict
{
    /// <summary><see cref="TlsFailure.None"/> while nothing was found wrong.</summary>
    public TlsFailure Failure { get; private set; }

    /// <summary>For people.</summary>
    public string Detail { get; private set; } = "";

    /// <summary>Notes the first thing that is wrong; false, for whoever returns it.</summary>
    internal bool Refuse(TlsFailure failure, string detail)
    {
        if (Failure == TlsFailure.None) (Failure, Detail) = (failure, detail);
        return false;
    }

    /// <summary>What is wrong with a chain, in the words of who must mend it.</summary>
    internal static string Words(X509Chain chain)
    {
        X509ChainStatusFlags all = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, static (flags, status) => flags | status.Status);
        if (all.HasFlag(X509ChainStatusFlags.NotTimeValid)) return "it has expired, or is not valid yet by this host's clock";
        if ((all & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot)) != 0)
            return "it comes from none of the authorities that are trusted here, or an intermediate certificate is missing";
        if (all.HasFlag(X509ChainStatusFlags.NotSignatureValid)) return "its signature is not its authority's";
        return all.HasFlag(X509ChainStatusFlags.NotValidForUsage) ? "it is not made for this use" : $"it does not hold: {all}";
    }
}
