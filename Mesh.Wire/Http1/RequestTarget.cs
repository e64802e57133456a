using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>The forms of a request target and the syntax of an authority (RFC 9112 section 3.2, RFC 3986 section 3.2).</summary>
internal static class RequestTarget
{
    /// <summary>Judges the target that the head's Target range covers, and splits an absolute form into authority and path.</summary>
    public static RejectReason Read(RequestHead head)
    {
        ReadOnlySpan<byte> target = head.Target;
        if (head.Method == KnownMethod.Connect) return RejectReason.ConnectNotSupported;
        if (target[0] == '/') return RejectReason.None;
        if (target.Length == 1 && target[0] == '*') return head.Method == KnownMethod.Options ? RejectReason.None : RejectReason.InvalidTarget;

        int colon = target.IndexOf("://"u8);
        if (colon <= 0 || !IsScheme(target[..colon])) return RejectReason.InvalidTarget;
        ReadOnlySpan<byte> scheme = target[..colon];
        if (!Ascii.EqualsIgnoreCase(scheme, "http"u8) && !Ascii.EqualsIgnoreCase(scheme, "https"u8)) return RejectReason.UnsupportedScheme;
        int authorityStart = colon + 3;
        int length = target[authorityStart..].IndexOfAny((byte)'/', (byte)'?');
        if (length < 0) length = target.Length - authorityStart;
        ReadOnlySpan<byte> authority = target.Slice(authorityStart, length);
        if (authority.Contains((byte)'@')) return RejectReason.UserInfoInTarget;
        if (authority.IsEmpty || !IsAuthority(authority)) return RejectReason.InvalidAuthority;

        head.IsAbsoluteForm = true;
        head.AuthorityStart = head.TargetStart + authorityStart;
        head.AuthorityLength = length;
        head.TargetStart += authorityStart + length;
        head.TargetLength -= authorityStart + length;
        return RejectReason.None;
    }

    /// <summary>True for <c>uri-host [":" port]</c> and for the empty value (RFC 9110 section 7.2); a port without host is refused.</summary>
    public static bool IsAuthority(ReadOnlySpan<byte> value)
    {
        int end = value.IndexOfAnyExcept(Http1Bytes.RegisteredName);
        if (end < 0) return true;
        if (end == 0 && value[0] == ':') return false;
        if (value[end] == '[') end = end == 0 ? AddressLiteralLength(value) : -1;
        else if (value[end] == '%') end = EscapedNameLength(value);
        if (end < 0) return false;
        if (end == value.Length) return true;
        return value[end] == ':' && value.Length - end <= 6 && !value[(end + 1)..].ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    private static int AddressLiteralLength(ReadOnlySpan<byte> value)
    {
        int close = value.IndexOf((byte)']');
        return close > 1 && !value[1..close].ContainsAnyExcept(Http1Bytes.AddressLiteral) ? close + 1 : -1;
    }

    /// <summary>The length of a registered name with percent escapes, or -1 when an escape is broken.</summary>
    private static int EscapedNameLength(ReadOnlySpan<byte> value)
    {
        int at = 0;
        while (at < value.Length)
        {
            if (value[at] == '%')
            {
                if (at + 2 >= value.Length || !char.IsAsciiHexDigit((char)value[at + 1]) || !char.IsAsciiHexDigit((char)value[at + 2])) return -1;
                at += 3;
            }
            else if (Http1Bytes.RegisteredName.Contains(value[at])) at++;
            else break;
        }

        return at;
    }

    private static bool IsScheme(ReadOnlySpan<byte> scheme) =>
        char.IsAsciiLetter((char)scheme[0]) && !scheme.ContainsAnyExcept(Http1Bytes.Token);
}
