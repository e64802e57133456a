using System.Buffers;

namespace Mesh.Actors.Remoting.Frames;

/// <summary>What <see cref="FrameReader.TryRead"/> found.</summary>
internal enum FrameStatus
{
    /// <summary>All bytes are taken; more are needed.</summary>
    Incomplete,

    /// <summary>A whole message.</summary>
    Message,

    /// <summary>Bytes that no version of the protocol would send. Nothing more is read.</summary>
    Malformed,
}

/// <summary>A whole message, of one frame or of several.</summary>
internal readonly record struct InboundMessage(Lane Lane, ushort Kind, ReadOnlySequence<byte> Body);

/// <summary>
/// Turns bytes, however they are cut, into messages. Memory is taken for one frame at a time, after its header was found sound, so that
/// a peer's claim of a length costs nothing that it has not sent.
/// </summary>
internal sealed class FrameReader
{
    private static readonly Lane[] s_greeting = [Lane.Control];
    private readonly byte[] _head = new byte[FrameHeader.Bytes];
    private readonly uint[] _sequences = new uint[FrameLimits.Lanes];
    private readonly SliceChain?[] _partial = new SliceChain?[FrameLimits.Lanes];
    private Lane[] _lanes = s_greeting;
    private FrameHeader _header;
    private byte[]? _body;
    private int _filled;

    /// <summary>True once both sides have agreed; before, a frame may have <see cref="FrameLimits.MaxHelloBytes"/> on the control lane.</summary>
    public bool IsTrusted { get; private set; }

    /// <summary>What is wrong; for people.</summary>
    public string? Fault { get; private set; }

    /// <summary>Both sides have agreed, and this connection carries these lanes.</summary>
    public void Trust(params Lane[] lanes)
    {
        IsTrusted = true;
        _lanes = lanes;
    }

    /// <summary>Takes bytes off the front until a message is whole.</summary>
    public FrameStatus TryRead(ref ReadOnlySpan<byte> bytes, out InboundMessage message)
    {
        message = default;
        while (Fault is null)
        {
            if (_body is null)
            {
                if (!Fill(_head, ref bytes)) return FrameStatus.Incomplete;
                _filled = 0;
                if (!Accept()) break;
                _body = _header.Length == 0 ? [] : GC.AllocateUninitializedArray<byte>((int)_header.Length);
            }

            if (!Fill(_body, ref bytes)) return FrameStatus.Incomplete;
            byte[] body = _body;
            _body = null;
            _filled = 0;
            if (Complete(body, out message)) return FrameStatus.Message;
        }

        return FrameStatus.Malformed;
    }

    private bool Fill(byte[] target, ref ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(target.Length - _filled, bytes.Length);
        bytes[..count].CopyTo(target.AsSpan(_filled));
        bytes = bytes[count..];
        _filled += count;
        return _filled == target.Length;
    }

    private bool Accept()
    {
        if (!FrameHeader.TryRead(_head, out _header)) return Fail($"no frame of version {FrameHeader.Version}");
        Lane lane = _header.Lane;
        if (Array.IndexOf(_lanes, lane) < 0) return Fail($"lane {lane} on another lane's connection");
        if (_header.Sequence != _sequences[(int)lane]++) return Fail($"frame {_header.Sequence} of lane {lane} out of order");
        SliceChain? partial = _partial[(int)lane];
        if (partial is not null && partial.Kind != _header.Kind) return Fail($"kind {_header.Kind} inside a message of kind {partial.Kind}");
        if (!IsTrusted && _header.More) return Fail("a cut message before the hello");
        if (_header is { More: true, Length: < FrameLimits.MinSliceBytes }) return Fail($"a slice of {_header.Length} bytes that goes on");
        int cap = IsTrusted ? Math.Min(FrameLimits.MaxSliceBytes, FrameLimits.Of(lane) - (partial?.Length ?? 0)) : FrameLimits.MaxHelloBytes;
        return _header.Length <= cap || Fail($"{_header.Length} bytes more on lane {lane}, which may have {cap}");
    }

    private bool Complete(byte[] body, out InboundMessage message)
    {
        ref SliceChain? partial = ref _partial[(int)_header.Lane];
        message = default;
        if (_header.More)
        {
            (partial ??= new SliceChain(_header.Kind)).Add(body);
            return false;
        }

        ReadOnlySequence<byte> whole = new(body);
        if (partial is not null)
        {
            partial.Add(body);
            whole = partial.Whole();
            partial = null;
        }

        message = new InboundMessage(_header.Lane, _header.Kind, whole);
        return true;
    }

    private bool Fail(string fault)
    {
        Fault = fault;
        return false;
    }

    /// <summary>The slices of a message so far, as they came: no copy into one piece.</summary>
    private sealed class SliceChain(ushort kind)
    {
        private Segment? _first;
        private Segment? _last;

        public ushort Kind { get; } = kind;

        public int Length { get; private set; }

        public void Add(byte[] slice)
        {
            _last = new Segment(slice, Length, _last);
            _first ??= _last;
            Length += slice.Length;
        }

        public ReadOnlySequence<byte> Whole() => new(_first!, 0, _last!, _last!.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, long index, Segment? before)
        {
            Memory = bytes;
            RunningIndex = index;
            if (before is not null) before.Next = this;
        }
    }
}
