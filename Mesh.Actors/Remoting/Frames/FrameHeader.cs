using System.Buffers.Binary;

namespace Mesh.Actors.Remoting.Frames;

/// <summary>
/// What stands before each body: <c>u32 length | u8 version | u8 flags | u16 kind | u32 sequence</c>, little endian. The length is the body's.
/// </summary>
/// <param name="Length">Bytes of the body that follow.</param>
/// <param name="Lane">Bits 0 and 1 of the flags.</param>
/// <param name="More">Bit 7: the message goes on in the lane's next frame.</param>
/// <param name="Kind">Number in the <see cref="MessageCatalog"/>.</param>
/// <param name="Sequence">Counts the lane's frames on this connection, from 0: a gap or a repetition ends it.</param>
internal readonly record struct FrameHeader(uint Length, Lane Lane, bool More, ushort Kind, uint Sequence)
{
    public const int Bytes = 12;

    /// <summary>Of the layout. Changes only when this header does.</summary>
    public const byte Version = 1;

    private const byte LaneBits = 0b11;
    private const byte MoreBit = 0x80;

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to, Length);
        to[4] = Version;
        to[5] = (byte)((byte)Lane | (More ? MoreBit : 0));
        BinaryPrimitives.WriteUInt16LittleEndian(to[6..], Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], Sequence);
    }

    /// <summary>False: another version, or flags that this one does not know.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out FrameHeader header)
    {
        byte flags = from[5];
        header = new FrameHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(from),
            (Lane)(flags & LaneBits),
            (flags & MoreBit) != 0,
            BinaryPrimitives.ReadUInt16LittleEndian(from[6..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[8..]));
        return from[4] == Version && (flags & ~(LaneBits | MoreBit)) == 0;
    }
}
