using System.Buffers.Text;
using System.Text;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;

namespace Mesh.Node.Proxy.Grpc;

/// <summary>What heads and trailers of a gRPC call say.</summary>
/// <remarks>Hot path: nothing is allocated, and a request that is no call costs one test, or the comparison of its content type.</remarks>
internal static class GrpcFields
{
    /// <summary>No status was said.</summary>
    public const int None = -1;

    private static ReadOnlySpan<byte> Status => "grpc-status"u8;

    private static ReadOnlySpan<byte> Pushback => "grpc-retry-pushback-ms"u8;

    /// <summary>A gRPC call, by whatever version of HTTP. <c>application/grpc-web</c> is none: its trailers stand in its body.</summary>
    public static bool IsCall(RequestHead head)
    {
        if (head.Method != KnownMethod.Post || !head.TryGetField(KnownField.ContentType, out ReadOnlySpan<byte> type)) return false;
        ReadOnlySpan<byte> grpc = "application/grpc"u8;
        if (type.Length < grpc.Length || !Ascii.EqualsIgnoreCase(type[..grpc.Length], grpc)) return false;
        return type.Length == grpc.Length || type[grpc.Length] is (byte)'+' or (byte)';' or (byte)' ';
    }

    /// <summary>The status in the head of a response: all that there is of it (trailers-only). <see cref="None"/> where there is none.</summary>
    public static int StatusOf(ResponseHead head) => head.TryGetField(Status, out ReadOnlySpan<byte> value) ? Code(value) : None;

    /// <summary>The status in trailers.</summary>
    public static int StatusOf(TrailerSection? trailers) => TryFind(trailers, Status, out ReadOnlySpan<byte> value) ? Code(value) : None;

    /// <summary>
    /// How long the server asks its callers to wait before they try again, nanoseconds; 0: it says nothing; negative: they must not (gRPC A6:
    /// whatever is no number of milliseconds).
    /// </summary>
    public static long PushbackNs(ResponseHead head, TrailerSection? trailers)
    {
        if (!head.TryGetField(Pushback, out ReadOnlySpan<byte> value) && !TryFind(trailers, Pushback, out value)) return 0;
        bool isNumber = Utf8Parser.TryParse(value, out int ms, out int length) && length == value.Length && ms >= 0;
        return isNumber ? ms * 1_000_000L : -1;
    }

    /// <summary>What is no code, or none that gRPC knows, is UNKNOWN, as its clients take it.</summary>
    private static int Code(ReadOnlySpan<byte> value)
    {
        bool isNumber = Utf8Parser.TryParse(value, out int code, out int length) && length == value.Length;
        return isNumber && code is >= 0 and <= Config.GrpcClassifier.MaxCode ? code : GrpcStatus.Unknown;
    }

    private static bool TryFind(TrailerSection? trailers, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (trailers is null) return false;
        ReadOnlySpan<byte> lines = trailers.Lines;
        while (!lines.IsEmpty)
        {
            int end = lines.IndexOf("\r\n"u8);
            ReadOnlySpan<byte> line = lines[..end];
            lines = lines[(end + 2)..];
            if (line.Length <= name.Length || line[name.Length] != ':' || !Ascii.EqualsIgnoreCase(line[..name.Length], name)) continue;
            value = line[(name.Length + 1)..].Trim((byte)' ');
            return true;
        }

        return false;
    }
}
