using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Heads;
using Mesh.Wire.Http2.Streams;
using Mesh.Wire.Tls;

namespace Mesh.Wire.Http2.Connections;

/// <summary>The half that packs heads, each whole behind what is queued: the peer's table must see blocks in the order of their making.</summary>
public abstract partial class Http2Connection
{
    private const int FrameBytes = FrameRules.DefaultMaxFrameSize;

    private ReadOnlySpan<byte> Scheme => Transport is TlsTransport ? "https"u8 : "http"u8;

    /// <summary>Opens a stream with a request.</summary>
    /// <param name="stream">It has its id.</param>
    /// <param name="head">As it came.</param>
    /// <param name="edits">Of the hop.</param>
    /// <param name="protocol">Of an extended CONNECT (RFC 8441); else empty.</param>
    internal void WriteRequest(Http2Stream stream, RequestHead head, HeadEdits edits, ReadOnlySpan<byte> protocol)
    {
        bool ends = protocol.IsEmpty && IsBare(head);
        int most = HeadFields.MaxRequestBytes(head, edits, Scheme, protocol);
        Span<byte> room = Reserve(most);
        BodyFraming framing = protocol.IsEmpty ? head.Framing : BodyFraming.None;
        int length = HeadFields.WriteRequest(room[HeadFrames.BlockStart..], _encoder, head, edits, Scheme, framing, head.ContentLength, protocol);
        Commit(stream, room, length, ends);
    }

    /// <summary>An interim or final head.</summary>
    internal void WriteResponse(Http2Stream stream, ResponseHead head, HeadEdits edits, BodyFraming framing, bool ends)
    {
        Span<byte> room = Reserve(HeadFields.MaxResponseBytes(head, edits));
        int length = HeadFields.WriteResponse(room[HeadFrames.BlockStart..], _encoder, head, edits, framing, head.ContentLength);
        Commit(stream, room, length, ends);
    }

    /// <summary>A head of the proxy's own.</summary>
    internal void WriteLocal(Http2Stream stream, int status, ReadOnlySpan<byte> lines, long contentLength, bool ends)
    {
        Span<byte> room = Reserve(HeadFields.MaxLinesBytes(lines));
        int length = HeadFields.WriteLocal(room[HeadFrames.BlockStart..], _encoder, status, lines, contentLength);
        Commit(stream, room, length, ends);
    }

    /// <summary>Ends a stream with trailers, which are not empty.</summary>
    internal void WriteTrailers(Http2Stream stream, TrailerSection trailers)
    {
        Span<byte> room = Reserve(HeadFields.MaxLinesBytes(trailers.Lines));
        int length = HeadFields.WriteTrailers(room[HeadFrames.BlockStart..], _encoder, trailers.Lines);
        Commit(stream, room, length, ends: true);
    }

    /// <summary>The head says that no body follows.</summary>
    private protected static bool IsBare(MessageHead head) =>
        head.Framing == BodyFraming.None || head is { Framing: BodyFraming.Length, ContentLength: 0 };

    private Span<byte> Reserve(int blockBytes) => Output.Buffer.Reserve(HeadFrames.BlockStart + HeadFrames.RoomFor(blockBytes, FrameBytes));

    private void Commit(Http2Stream stream, Span<byte> room, int length, bool ends)
    {
        int written = HeadFrames.Write(room, length, stream.Id, ends, FrameBytes);
        Output.Buffer.Commit(written);
        stream.BytesSent += written;
        _streamBytesSent += written;
        stream.LocalClosed |= ends;
    }
}
