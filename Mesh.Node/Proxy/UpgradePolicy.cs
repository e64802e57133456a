using System.Text;
using Mesh.Node.Proxy.Opaque;

namespace Mesh.Node.Proxy;

/// <summary>
/// Which protocols a client may change its connection to. A tunnel is bytes between the client and the one backend that agreed to it, so a
/// protocol is harmless unless it carries requests of its own: those would pass every router, policy and metric unseen ("h2c smuggling").
/// </summary>
/// <remarks>docs/decisions/0002. Hot path only for requests that offer an upgrade.</remarks>
internal sealed class UpgradePolicy
{
    /// <summary>Stands for every token but those in <see cref="CarriesRequests"/>, which must be listed by name.</summary>
    public const string Any = "*";

    private readonly byte[][] _tokens;
    private readonly bool _any;

    public UpgradePolicy(IEnumerable<string> tokens)
    {
        _tokens = [.. tokens.Select(Encoding.ASCII.GetBytes)];
        _any = _tokens.Any(static token => token.AsSpan().SequenceEqual("*"u8));
    }

    public bool Allows(ReadOnlySpan<byte> token)
    {
        // What nodes ask each other for: the inbound side would connect an app that never agreed to a tunnel.
        if (Ascii.EqualsIgnoreCase(token, MeshTunnel.Token)) return false;
        foreach (byte[] allowed in _tokens)
        {
            if (Ascii.EqualsIgnoreCase(token, allowed)) return true;
        }

        return _any && !CarriesRequests(token);
    }

    /// <summary>
    /// HTTP itself in any version, TLS (RFC 2817) and the tunnels of RFC 9298 and 9484: tokens of the IANA registry that carry requests or
    /// traffic to other hosts. A list of several protocols, or junk, is no token that anybody agreed on.
    /// </summary>
    private static bool CarriesRequests(ReadOnlySpan<byte> token) =>
        token.IsEmpty || token.ContainsAny(" ,;\t"u8) || StartsWith(token, "h2"u8) || StartsWith(token, "http"u8) || StartsWith(token, "tls"u8)
        || StartsWith(token, "connect"u8);

    private static bool StartsWith(ReadOnlySpan<byte> token, ReadOnlySpan<byte> lower) =>
        token.Length >= lower.Length && Ascii.EqualsIgnoreCase(token[..lower.Length], lower);
}
