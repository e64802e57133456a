using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http2.Heads;

/// <summary>A request that came by HTTP/1, as the fields that HTTP/2 would have brought: what belongs to its hop stays behind.</summary>
internal static class UpgradedHead
{
    private const int CommonNameBytes = 64;

    /// <summary>Gives the fields in their order, names in lower case. What the sink then makes of them it judges as it judges any block.</summary>
    /// <param name="sink">Of the stream that it becomes.</param>
    /// <param name="head">Whole, without a body.</param>
    public static void CopyTo(HeadBuilder.Sink sink, RequestHead head)
    {
        sink.Field(":method"u8, head.MethodBytes, neverIndexed: false);
        sink.Field(":scheme"u8, "http"u8, neverIndexed: false);
        if (head.AuthorityLength > 0) sink.Field(":authority"u8, head.Authority, neverIndexed: false);
        CopyPath(sink, head);
        Span<byte> common = stackalloc byte[CommonNameBytes];
        foreach (ref readonly Field field in head.Fields)
        {
            if (field.HopByHop || field.Known == KnownField.Host) continue;
            ReadOnlySpan<byte> name = head.Name(field);
            Span<byte> lower = name.Length <= CommonNameBytes ? common : new byte[name.Length];
            Ascii.ToLower(name, lower, out int length);
            sink.Field(lower[..length], head.Value(field), neverIndexed: false);
        }

        if (head.AcceptsTrailers) sink.Field("te"u8, "trailers"u8, neverIndexed: false);
    }

    /// <summary>An absolute form may have had no path of its own (RFC 9112 section 3.2.4).</summary>
    private static void CopyPath(HeadBuilder.Sink sink, RequestHead head)
    {
        ReadOnlySpan<byte> target = head.Target;
        if (!target.IsEmpty && target[0] != '?') sink.Field(":path"u8, target, neverIndexed: false);
        else if (target.IsEmpty) sink.Field(":path"u8, head.Method == KnownMethod.Options ? "*"u8 : "/"u8, neverIndexed: false);
        else sink.Field(":path"u8, (byte[])[(byte)'/', .. target], neverIndexed: false);
    }
}
