using Mesh.Wire.Http2.Frames;

namespace Mesh.Fuzz.Http2;

/// <summary>A frame, whole.</summary>
internal sealed record WholeFrame(FrameHeader Header, byte[] Payload)
{
    public FrameType Type => Header.Type;

    public int Id => Header.StreamId;

    public bool Has(byte flag) => Header.Has(flag);

    /// <summary>The word at this offset; 0 where the payload is too short.</summary>
    public uint Word(int offset = 0) =>
        Payload.Length >= offset + 4 ? System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(Payload.AsSpan(offset)) : 0;

    /// <summary>Without padding and priority; null where they do not fit.</summary>
    public byte[]? Content()
    {
        int start = Has(FrameFlags.Padded) ? 1 : 0;
        if (Type == FrameType.Headers && Has(FrameFlags.Priority)) start += 5;
        int end = Payload.Length - (Has(FrameFlags.Padded) && Payload.Length > 0 ? Payload[0] : 0);
        return start <= end ? Payload[start..end] : null;
    }
}

/// <summary>Cuts bytes into frames, as they come.</summary>
internal sealed class FrameParser(byte[] preface)
{
    private readonly List<byte> _bytes = [];
    private bool _sawPreface = preface.Length == 0;

    /// <summary>Bytes of a frame that is not whole.</summary>
    public int Rest => _bytes.Count;

    /// <summary>What came first was no preface: the rest means nothing.</summary>
    public bool IsLost { get; private set; }

    public List<WholeFrame> Take(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        List<WholeFrame> frames = [];
        if (!_sawPreface)
        {
            int known = Math.Min(preface.Length, _bytes.Count);
            IsLost = !_bytes.Take(known).SequenceEqual(preface.Take(known));
            if (IsLost || known < preface.Length) return frames;
            _bytes.RemoveRange(0, preface.Length);
            _sawPreface = true;
        }

        int at = 0;
        while (!IsLost && _bytes.Count - at >= FrameHeader.Bytes)
        {
            FrameHeader header = FrameHeader.Parse(_bytes.Slice(at, FrameHeader.Bytes).ToArray());
            if (_bytes.Count - at - FrameHeader.Bytes < header.Length) break;
            frames.Add(new WholeFrame(header, [.. _bytes.Slice(at + FrameHeader.Bytes, header.Length)]));
            at += FrameHeader.Bytes + header.Length;
        }

        _bytes.RemoveRange(0, at);
        return frames;
    }
}
