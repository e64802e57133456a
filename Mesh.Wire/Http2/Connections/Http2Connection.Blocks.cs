using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Http2.Streams;

namespace Mesh.Wire.Http2.Connections;

/// <summary>The half that gathers header blocks and unpacks them, each whole and in the order of the connection (RFC 9113 section 4.3).</summary>
public abstract partial class Http2Connection
{
    private byte[]? _block;
    private int _blockBytes;
    private int _blockFrames;
    private int _blockStream;
    private bool _blockEnds;
    private bool _blockIsTwisted;

    /// <summary>Unpacks a header block whose fields nobody wants: the tables must stay in step.</summary>
    private protected Http2Error Skip(ReadOnlySpan<byte> block)
    {
        NoSink sink = default;
        return ErrorOf(_decoder.Decode(block, ref sink, Options.MaxHeaderListBytes, Options.MaxFields));
    }

    private protected HpackResult Decode<TSink>(ReadOnlySpan<byte> block, ref TSink sink)
        where TSink : IHpackSink, allows ref struct =>
        _decoder.Decode(block, ref sink, Options.MaxHeaderListBytes, Options.MaxFields);

    /// <summary>What of a block's fault ends the connection.</summary>
    private protected static Http2Error ErrorOf(HpackResult result) => result switch
    {
        HpackResult.Invalid => Http2Error.CompressionError,
        HpackResult.Bomb => Http2Error.EnhanceYourCalm,
        _ => Http2Error.NoError,
    };

    private Http2Error TakeHeaders(in FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        FrameVerdict verdict = FramePayload.FindContent(frame, payload.IsEmpty ? (byte)0 : payload[0], out int start, out int count);
        if (!verdict.IsGood) return verdict.Error;
        bool ends = frame.Has(FrameFlags.EndStream);
        if (frame.Has(FrameFlags.Priority) && FramePayload.DependsOnItself(frame, payload)) _blockIsTwisted = true;
        if (frame.Has(FrameFlags.EndHeaders)) return TakeBlock(frame.StreamId, payload.Slice(start, count), ends);
        (_blockStream, _blockEnds, _blockFrames, _blockBytes) = (frame.StreamId, ends, 1, 0);
        WatchHead();
        return AddToBlock(payload.Slice(start, count));
    }

    private Http2Error TakeContinuation(in FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        if (_blockStream == 0) return Http2Error.ProtocolError;
        Http2Error error = AddToBlock(payload);
        if (error != Http2Error.NoError || !frame.Has(FrameFlags.EndHeaders)) return error;
        int id = _blockStream;
        _blockStream = 0;
        EndWatchHead();
        byte[]? block = _block;
        error = TakeBlock(id, block.AsSpan(0, _blockBytes), _blockEnds);
        ReleaseBlock();
        return error;
    }

    private Http2Error TakeBlock(int id, ReadOnlySpan<byte> block, bool ends)
    {
        Http2Error error = TakeHead(id, block, ends);
        if (!_blockIsTwisted) return error;

        // Priorities are ignored, but a stream that depends on itself was made by nobody's client (RFC 7540 section 5.3.1).
        _blockIsTwisted = false;
        if (error == Http2Error.NoError && TryFind(id, out Http2Stream stream)) EndStream(stream, Http2Error.ProtocolError);
        return error;
    }

    /// <summary>
    /// A block of several frames is gathered, up to what a list of the largest size could take: more is an attack (CVE-2024-27316), as are many
    /// frames that bring nothing.
    /// </summary>
    private Http2Error AddToBlock(ReadOnlySpan<byte> fragment)
    {
        int most = Math.Max(Options.MaxHeaderListBytes, Options.MaxFrameBytes) * 2;
        if (++_blockFrames > Http2Limits.MaxBlockFrames || _blockBytes + fragment.Length > most)
        {
            Count(Glitch.Abuse);
            return Http2Error.EnhanceYourCalm;
        }

        if (_block is null || _blockBytes + fragment.Length > _block.Length)
        {
            byte[] larger = BufferPool.Rent(Math.Max(BufferPool.Large, _blockBytes + fragment.Length));
            _block.AsSpan(0, _blockBytes).CopyTo(larger);
            if (_block is not null) BufferPool.Return(_block);
            _block = larger;
        }

        fragment.CopyTo(_block.AsSpan(_blockBytes));
        _blockBytes += fragment.Length;
        return Http2Error.NoError;
    }

    private void ReleaseBlock()
    {
        if (_block is null) return;
        BufferPool.Return(_block);
        _block = null;
        _blockBytes = 0;
    }

    /// <summary>Takes fields that nobody wants.</summary>
    private readonly struct NoSink : IHpackSink
    {
        public void Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool neverIndexed)
        {
        }
    }
}
