using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Mesh.Wire;

namespace Mesh.Node.Proxy.Context;

/// <summary>
/// The value of <c>l5d-ctx-trace</c>: base64 of span, parent and trace id and flags, 8 bytes each, big-endian, and for ids of 128 bits the upper
/// half of the trace id.
/// </summary>
/// <remarks>Source: finagle's TraceId.serialize, Linkerd's LinkerdHeaders.Ctx.Trace.</remarks>
internal readonly record struct TraceField(ulong Span, ulong Parent, ulong Trace, ulong Flags, ulong? TraceHigh)
{
    /// <summary>Base64 of 40 bytes.</summary>
    public const int LongestText = 56;

    private const int ShortBytes = 32;
    private const int LongBytes = 40;
    private const ulong SamplingKnown = 2;
    private const ulong Sampled = 4;

    /// <summary>A trace that begins here, sampling not decided.</summary>
    public static TraceField Begin(ulong id) => new(id, id, id, 0, null);

    public static bool TryParse(ReadOnlySpan<byte> value, out TraceField trace)
    {
        trace = default;
        Span<byte> bytes = stackalloc byte[LongestText];
        if (value.Length > LongestText || Base64.DecodeFromUtf8(value, bytes, out _, out int length) != OperationStatus.Done) return false;
        if (length is not (ShortBytes or LongBytes)) return false;
        ulong? high = length == LongBytes ? BinaryPrimitives.ReadUInt64BigEndian(bytes[ShortBytes..]) : null;
        trace = new TraceField(
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            high);
        return true;
    }

    /// <summary>
    /// The trace with its sampling decided, where nobody decided before: the same way at every node that is asked with the same
    /// <paramref name="share"/>, 0 to 1.
    /// </summary>
    public TraceField Sample(double share)
    {
        if ((Flags & SamplingKnown) != 0) return this;
        bool sampled = share >= 1 || new SplitMix64(Trace).NextDouble() < share;
        return this with { Flags = Flags | SamplingKnown | (sampled ? Sampled : 0) };
    }

    /// <summary>Writes the value into at least <see cref="LongestText"/> bytes; its length.</summary>
    public int Write(Span<byte> to)
    {
        Span<byte> bytes = stackalloc byte[LongBytes];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Span);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Parent);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], Trace);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], Flags);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[ShortBytes..], TraceHigh ?? 0);
        Base64.EncodeToUtf8(TraceHigh is null ? bytes[..ShortBytes] : bytes, to, out _, out int length);
        return length;
    }
}
