using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy.RequestKeys;

/// <summary>Finds a cookie in a request's Cookie fields (RFC 6265 section 4.2.1; HTTP/2 may split them, RFC 9113 section 8.2.3).</summary>
/// <remarks>Hot path: a walk over bytes, no allocation.</remarks>
internal static class CookieFields
{
    /// <summary>
    /// The value of the first cookie of exactly this name, case included, without white space around it and without the quotes that may
    /// enclose it. A part without <c>=</c> is nobody's.
    /// </summary>
    internal static bool TryGet(RequestHead head, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        foreach (ref readonly Field field in head.Fields)
        {
            if (!Ascii.EqualsIgnoreCase(head.Name(field), "cookie"u8)) continue;
            if (TryFind(head.Value(field), name, out value)) return true;
        }

        value = default;
        return false;
    }

    private static bool TryFind(ReadOnlySpan<byte> cookies, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        while (!cookies.IsEmpty)
        {
            int end = cookies.IndexOf((byte)';');
            ReadOnlySpan<byte> pair = end < 0 ? cookies : cookies[..end];
            cookies = end < 0 ? default : cookies[(end + 1)..];
            int equals = pair.IndexOf((byte)'=');
            if (equals < 0 || !pair[..equals].Trim(" \t"u8).SequenceEqual(name)) continue;
            value = Unquoted(pair[(equals + 1)..].Trim(" \t"u8));
            return true;
        }

        value = default;
        return false;
    }

    private static ReadOnlySpan<byte> Unquoted(ReadOnlySpan<byte> value)
        => value.Length >= 2 && value[0] == '"' && value[^1] == '"' ? value[1..^1] : value;
}
