using System.Net;
using System.Text;
using Mesh.Node.Config;
using Mesh.Routing.Balancing;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy.RequestKeys;

/// <summary>
/// Reads what ties a request to others: the value of a header field, of a cookie, or the client's address, as a 64-bit hash that all nodes compute
/// alike.
/// </summary>
/// <param name="config">Where it is found.</param>
/// <remarks>Hot path, immutable, no allocation. A field that comes several times counts by its first line.</remarks>
internal sealed class RequestKey(RequestKeyConfig config)
{
    private readonly byte[] _name = Encoding.ASCII.GetBytes(config.Name);

    /// <summary>0 when it is not there, or empty; a hash that is 0 counts as 1.</summary>
    /// <param name="head">The request.</param>
    /// <param name="source">The client's address; an IPv4 address and its IPv6-mapped form are one. Null: not known.</param>
    internal ulong Of(RequestHead head, IPAddress? source)
    {
        switch (config.Kind)
        {
            case RequestKeyKind.Header:
                return head.TryGetField(_name, out ReadOnlySpan<byte> value) ? Hash(value) : 0;
            case RequestKeyKind.Cookie:
                return CookieFields.TryGet(head, _name, out ReadOnlySpan<byte> cookie) ? Hash(cookie) : 0;
            default:
                return OfSource(source);
        }
    }

    /// <summary>The same of a connection without requests: 0 where another thing than the client's address ties them together.</summary>
    internal ulong OfSource(IPAddress? source) =>
        source is null || config.Kind != RequestKeyKind.Source ? 0 : NotZero(StableHash.Of(source));

    private static ulong Hash(ReadOnlySpan<byte> value) => value.IsEmpty ? 0 : NotZero(StableHash.Of(value));

    private static ulong NotZero(ulong hash) => hash == 0 ? 1 : hash;
}
