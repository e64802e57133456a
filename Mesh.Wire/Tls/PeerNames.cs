using System.Net;

namespace Mesh.Wire.Tls;

/// <summary>
/// Whether a certificate may speak for the host that a node says it has: without this, whoever holds any certificate of the authority could take
/// another node's address, and have the cluster believe that the other was replaced. Pure.
/// </summary>
/// <remarks>
/// Names are compared with names, addresses with addresses (RFC 6125, RFC 5280 section 4.2.1.6). A certificate without any of the host's kind says
/// nothing about it and passes: pods advertise addresses that no authority knows beforehand. URIs (SPIFFE) name no host.
/// </remarks>
public static class PeerNames
{
    public static bool MaySpeakFor(PeerCertificate certificate, string host)
    {
        bool isAddress = IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address);
        bool any = false;
        foreach (string name in certificate.Names)
        {
            if (name.Contains("://", StringComparison.Ordinal)) continue;
            bool namesAddress = IPAddress.TryParse(name, out IPAddress? named);
            if (namesAddress != isAddress) continue;
            any = true;
            if (isAddress ? named!.Equals(address) : Covers(name, host)) return true;
        }

        return !any;
    }

    /// <summary>A star is exactly one label, the first.</summary>
    private static bool Covers(string name, string host)
    {
        ReadOnlySpan<char> named = name.AsSpan().TrimEnd('.'), wanted = host.AsSpan().TrimEnd('.');
        if (!named.StartsWith("*.", StringComparison.Ordinal)) return named.Equals(wanted, StringComparison.OrdinalIgnoreCase);
        int dot = wanted.IndexOf('.');
        return dot > 0 && named[1..].Equals(wanted[dot..], StringComparison.OrdinalIgnoreCase);
    }
}
