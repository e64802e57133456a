namespace Mesh.Wire.Http1;

/// <summary>
/// Takes the chunked framing off a body (RFC 9112 section 7.1), incrementally and in place: the caller shows its read buffer, and finds
/// the payload of all chunks in it as one contiguous run, so that a thousand tiny chunks cost one send.
/// </summary>
/// <remarks>
/// Hot path: no allocation but for trailers. The first payload byte of a call stays where it is, which is also where a new size line finds its room;
/// only later chunks of the same call are moved to join it. One decoder per connection and direction, reused after <see cref="Reset"/>.
/// </remarks>
internal sealed class ChunkedDecoder(Http1Limits limits)
{
    private const int MaxSizeDigits = 16;
    private State _state;
    private long _remaining;
    private int _digits;
    private int _lineBytes;
    private int _extensionBytes;
    private int _trailerBytes;

    private enum State : byte
    {
        Size,
        Padding,
        Extension,
        SizeLineFeed,
        Data,
        DataReturn,
        DataLineFeed,
        Trailers,
        Done,
        Broken,
    }

    /// <summary>What came after the last chunk; whole once <see cref="Decode(Span{byte}, out int, out int, out int)"/> said Complete.</summary>
    public TrailerSection Trailers { get; } = new();

    /// <summary>Why the body was rejected.</summary>
    public RejectReason Reason { get; private set; }

    public void Reset()
    {
        _state = State.Size;
        _remaining = 0;
        _digits = _lineBytes = _extensionBytes = _trailerBytes = 0;
        Reason = RejectReason.None;
        Trailers.Reset();
    }

    /// <summary>As the other form, with the payload moved to the front of <paramref name="input"/>.</summary>
    public ChunkStatus Decode(Span<byte> input, out int consumed, out int dataLength)
    {
        ChunkStatus status = Decode(input, out consumed, out int dataStart, out dataLength);
        if (dataStart > 0) input.Slice(dataStart, dataLength).CopyTo(input);
        return status;
    }

    /// <summary>Decodes as much of <paramref name="input"/> as belongs to this body.</summary>
    /// <param name="input">The read buffer; its first <paramref name="consumed"/> bytes are overwritten at will.</param>
    /// <param name="consumed">Bytes that were used up: all of them unless Complete or Rejected.</param>
    /// <param name="dataStart">Where the payload stands.</param>
    /// <param name="dataLength">How much payload there is; may be 0 whatever the status.</param>
    public ChunkStatus Decode(Span<byte> input, out int consumed, out int dataStart, out int dataLength)
    {
        int at = 0;
        dataStart = dataLength = 0;
        while (at < input.Length && _state < State.Done)
        {
            if (_state == State.Data)
            {
                int take = (int)Math.Min(_remaining, input.Length - at);
                if (dataLength == 0) dataStart = at;
                else input.Slice(at, take).CopyTo(input[(dataStart + dataLength)..]);
                dataLength += take;
                at += take;
                _remaining -= take;
                if (_remaining == 0) _state = State.DataReturn;
            }
            else if (_state == State.Trailers) at += TakeTrailers(input[at..]);
            else Step(input[at++]);
        }

        consumed = at;
        if (_state == State.Broken) return ChunkStatus.Rejected;
        return _state == State.Done ? ChunkStatus.Complete : ChunkStatus.NeedMore;
    }

    /// <summary>One byte of framing.</summary>
    private void Step(byte next)
    {
        if (_state <= State.SizeLineFeed && ++_lineBytes > limits.MaxChunkLineBytes) Break(RejectReason.ChunkLineTooLong);
        else if (_state == State.Size) TakeSize(next);
        else if (_state is State.Padding or State.Extension) TakeExtension(next);
        else if (_state == State.SizeLineFeed) EndSizeLine(next);
        else if (_state == State.DataReturn) Expect(next, '\r', State.DataLineFeed);
        else
        {
            Expect(next, '\n', State.Size);
            _digits = _lineBytes = 0;
        }
    }

    private void TakeSize(byte next)
    {
        int digit = HexValue(next);
        if (digit >= 0)
        {
            if (++_digits > MaxSizeDigits || _remaining > FramingFields.MaxLength >> 4) Break(RejectReason.InvalidChunkSize);
            _remaining = (_remaining << 4) | (uint)digit;
        }
        else if (_digits == 0) Break(RejectReason.InvalidChunkSize);
        else if (next == '\r') _state = State.SizeLineFeed;
        else if (next == ';' || Http1Bytes.IsSpace(next)) TakeExtension(next);
        else Break(next == '\n' ? RejectReason.BareLineFeed : RejectReason.InvalidChunkSize);
    }

    /// <summary>Padding after the size, and extensions: both are ignored, but not free.</summary>
    private void TakeExtension(byte next)
    {
        if (next == '\r') _state = State.SizeLineFeed;
        else if (next == ';') _state = State.Extension;
        else if (Http1Bytes.IsSpace(next)) _state = _state == State.Extension ? State.Extension : State.Padding;
        else if (_state != State.Extension) Break(next == '\n' ? RejectReason.BareLineFeed : RejectReason.InvalidChunkSize);
        else if (next is < 0x20 or 0x7F) Break(next == '\n' ? RejectReason.BareLineFeed : RejectReason.InvalidChunkExtension);
        if (++_extensionBytes > limits.MaxChunkExtensionsTotalBytes) Break(RejectReason.ChunkLineTooLong);
    }

    private void EndSizeLine(byte next)
    {
        if (next != '\n') Break(RejectReason.BareCarriageReturn);
        else _state = _remaining == 0 ? State.Trailers : State.Data;
    }

    private void Expect(byte next, char wanted, State then)
    {
        if (next == wanted) _state = then;
        else Break(RejectReason.MissingChunkEnd);
    }

    private int TakeTrailers(ReadOnlySpan<byte> input)
    {
        int lineFeed = input.IndexOf((byte)'\n');
        int take = lineFeed < 0 ? input.Length : lineFeed + 1;
        _trailerBytes += take;
        if (_trailerBytes > limits.MaxTrailerBytes)
        {
            Break(RejectReason.TrailersTooLarge);
            return take;
        }

        Trailers.Append(input[..take]);
        if (lineFeed < 0) return take;
        RejectReason reason = Trailers.EndLine(out bool last);
        if (reason != RejectReason.None) Break(reason);
        else if (last) _state = State.Done;
        return take;
    }

    private void Break(RejectReason reason)
    {
        if (_state != State.Broken) Reason = reason;
        _state = State.Broken;
    }

    private static int HexValue(byte digit) => char.IsAsciiHexDigit((char)digit) ? (digit & 0xF) + (digit > '9' ? 9 : 0) : -1;
}
