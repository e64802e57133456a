using System.Buffers.Binary;

namespace Mesh.Fuzz.World;

/// <summary>What happens to a connection, a part each: the first byte tells what, the rest with what.</summary>
internal static class Script
{
    /// <summary>The rest arrives. Any byte that is no other event means this, too.</summary>
    public const byte Bytes = 0;

    /// <summary>There is room for two bytes' number of bytes; 65535: for any.</summary>
    public const byte Room = 0xF1;

    /// <summary>Every timer that is set is due.</summary>
    public const byte Tick = 0xF2;

    public const byte Fin = 0xF3;

    public const byte Reset = 0xF4;

    /// <summary>The node is stopping.</summary>
    public const byte Drain = 0xF5;

    /// <summary>A flow that stands still goes on.</summary>
    public const byte Go = 0xF6;

    /// <summary>What follows arrives, and is told of with what follows it.</summary>
    public const byte Silent = 0xF7;

    public static byte[] Deliver(byte[] bytes, bool silent = false) => [silent ? Silent : Bytes, .. bytes];

    /// <summary>Any event that is not bytes.</summary>
    public static byte[] Event(Dice dice)
    {
        byte[] weighed = [Room, Room, Room, Tick, Go, Go, Go, Go, Drain, Fin, Reset];
        byte kind = dice.Pick<byte>(weighed);
        if (kind != Room) return [kind];
        byte[] room = [kind, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(room.AsSpan(1), dice.Chance(40) ? ushort.MaxValue : (ushort)dice.Size(40_000));
        return room;
    }

    /// <summary>Of a part of <see cref="Room"/>; -1 for any.</summary>
    public static int RoomOf(byte[] part)
    {
        int room = part.Length >= 3 ? BinaryPrimitives.ReadUInt16BigEndian(part.AsSpan(1)) : 0;
        return room == ushort.MaxValue ? -1 : room;
    }
}
