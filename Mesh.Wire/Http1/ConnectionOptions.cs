using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>
/// Reads the Connection fields of a head and marks the fields that they list as hop-by-hop (RFC 9110 section 7.6.1).
/// </summary>
/// <remarks>
/// An attacker can list a field that somebody before us added for somebody behind us (X-Forwarded-For, Authorization, l5d-*), to make it
/// vanish in between. Section 7.6.1 forbids to list a field that is meant for all recipients, so such options have no effect here: the framing and
/// routing fields, credentials, cookies, the forwarding trail, what describes the content, and Linkerd's own.
/// </remarks>
internal struct ConnectionOptions
{
    public bool Close;
    public bool KeepAlive;
    public bool Upgrade;

    public static RejectReason Read(MessageHead head, Http1Limits limits, out ConnectionOptions options)
    {
        options = default;
        if (!head.Has(KnownField.Connection)) return RejectReason.None;
        int count = 0;
        foreach (ref readonly Field field in head.Fields)
        {
            if (field.Known != KnownField.Connection) continue;
            ReadOnlySpan<byte> list = head.Value(field);
            while (!list.IsEmpty)
            {
                ReadOnlySpan<byte> option = Http1Bytes.NextMember(ref list);
                if (++count > limits.MaxConnectionOptions) return RejectReason.TooManyConnectionOptions;
                if (option.IsEmpty) continue;
                if (Ascii.EqualsIgnoreCase(option, "close"u8)) options.Close = true;
                else if (Ascii.EqualsIgnoreCase(option, "keep-alive"u8)) options.KeepAlive = true;
                else if (Ascii.EqualsIgnoreCase(option, "upgrade"u8)) options.Upgrade = true;
                else MarkListed(head, option);
            }
        }

        return RejectReason.None;
    }

    private static void MarkListed(MessageHead head, ReadOnlySpan<byte> option)
    {
        if (IsProtected(option)) return;
        foreach (ref Field field in head.FieldTable.AsSpan(0, head.FieldCount))
        {
            if (field.NameLength != option.Length || !Ascii.EqualsIgnoreCase(head.Name(field), option)) continue;
            field.HopByHop = true;
            head.AnyHopByHop = true;
        }
    }

    private static bool IsProtected(ReadOnlySpan<byte> option)
    {
        switch (FieldNames.Find(option))
        {
            case KnownField.Host or KnownField.TransferEncoding or KnownField.Expect or KnownField.Trailer or KnownField.Via or KnownField.Date
                or KnownField.Server or KnownField.SecWebSocketKey or KnownField.SecWebSocketVersion or KnownField.Linkerd:
                return true;
        }

        return StartsWith(option, "content-"u8) || StartsWith(option, "x-forwarded-"u8) || StartsWith(option, "grpc-"u8)
            || Is(option, "forwarded"u8) || Is(option, "x-real-ip"u8) || Is(option, "x-request-id"u8)
            || Is(option, "authorization"u8) || Is(option, "www-authenticate"u8) || Is(option, "cookie"u8) || Is(option, "set-cookie"u8)
            || Is(option, "cache-control"u8) || Is(option, "origin"u8) || Is(option, "location"u8)
            || Is(option, "traceparent"u8) || Is(option, "tracestate"u8) || Is(option, "strict-transport-security"u8);
    }

    private static bool StartsWith(ReadOnlySpan<byte> option, ReadOnlySpan<byte> lower) =>
        option.Length > lower.Length && Ascii.EqualsIgnoreCase(option[..lower.Length], lower);

    private static bool Is(ReadOnlySpan<byte> option, ReadOnlySpan<byte> lower) => Ascii.EqualsIgnoreCase(option, lower);
}
