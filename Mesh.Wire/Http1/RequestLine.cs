using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>Reads <c>method SP target SP version CRLF</c>, each part once and strictly (RFC 9112 section 3).</summary>
/// <remarks>Hot path.</remarks>
internal static class RequestLine
{
    /// <summary>Reads the line at <paramref name="start"/>; [<paramref name="start"/>, <paramref name="end"/>) holds at least its LF.</summary>
    public static RejectReason Read(byte[] arena, int start, int end, RequestHead head)
    {
        ReadOnlySpan<byte> line = arena.AsSpan(start, end - start);
        int methodLength = line.IndexOfAnyExcept(Http1Bytes.Token);
        if (methodLength <= 0 || line[methodLength] != ' ') return BadMethod(line[Math.Max(0, methodLength)]);
        head.Method = MethodOf(line[..methodLength]);
        head.MethodStart = start;
        head.MethodLength = methodLength;

        int targetAt = methodLength + 1;
        int targetLength = line[targetAt..].IndexOfAny(Http1Bytes.TargetStop);
        int versionAt = targetAt + targetLength + 1;
        if (targetLength <= 0 || line[versionAt - 1] != ' ') return BadTarget(line[(targetAt + Math.Max(0, targetLength))..], targetLength);
        head.TargetStart = start + targetAt;
        head.TargetLength = targetLength;

        ReadOnlySpan<byte> version = line[versionAt..];
        if (version.Length < HttpVersion.Length + 2) return RejectReason.InvalidVersion;
        head.FieldsStart = start + versionAt + HttpVersion.Length + 2;
        RejectReason reason = HttpVersion.Read(version, out byte minor);
        if (reason != RejectReason.None) return reason;
        head.MinorVersion = minor;

        if (version[HttpVersion.Length] != '\r' || version[HttpVersion.Length + 1] != '\n') return BadLineEnd(version[HttpVersion.Length]);
        head.StartLineVerbatim = HttpVersion.IsHttp11(version) && line[targetAt] == '/';
        return RequestTarget.Read(head);
    }

    public static KnownMethod MethodOf(ReadOnlySpan<byte> method) => method.Length switch
    {
        3 when method.SequenceEqual("GET"u8) => KnownMethod.Get,
        3 when method.SequenceEqual("PUT"u8) => KnownMethod.Put,
        4 when method.SequenceEqual("POST"u8) => KnownMethod.Post,
        4 when method.SequenceEqual("HEAD"u8) => KnownMethod.Head,
        5 when method.SequenceEqual("PATCH"u8) => KnownMethod.Patch,
        5 when method.SequenceEqual("TRACE"u8) => KnownMethod.Trace,
        6 when method.SequenceEqual("DELETE"u8) => KnownMethod.Delete,
        7 when method.SequenceEqual("OPTIONS"u8) => KnownMethod.Options,
        7 when method.SequenceEqual("CONNECT"u8) => KnownMethod.Connect,
        _ => KnownMethod.Other,
    };

    private static RejectReason BadMethod(byte stop) =>
        stop is (byte)'\r' or (byte)'\t' ? RejectReason.InvalidRequestLine : RejectReason.InvalidMethod;

    private static RejectReason BadTarget(ReadOnlySpan<byte> rest, int targetLength)
    {
        if (targetLength <= 0) return RejectReason.InvalidRequestLine;
        if (rest[0] == '\n') return RejectReason.BareLineFeed;
        if (rest[0] != '\r') return RejectReason.InvalidTarget;
        return rest.Length > 1 && rest[1] == '\n' ? RejectReason.MissingVersion : RejectReason.BareCarriageReturn;
    }

    private static RejectReason BadLineEnd(byte stop) => stop switch
    {
        (byte)'\n' => RejectReason.BareLineFeed,
        (byte)'\r' => RejectReason.BareCarriageReturn,
        _ => RejectReason.InvalidRequestLine,
    };
}
