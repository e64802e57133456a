using System.Buffers.Binary;
using System.Text;
using Mesh.Fuzz.World;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Fuzz.Http2;

/// <summary>Conversations of one side a frame a part, by and large as RFC 9113 has them; then spoiled, in two of three cases.</summary>
internal abstract class FrameGrammar(Dice dice)
{
    private const int MostContent = 20_000;

    private static readonly (SettingId Id, uint[] Values)[] s_settings =
    [
        (SettingId.HeaderTableSize, [0, 100, 4096, 65_536, uint.MaxValue]), 
        (SettingId.InitialWindowSize, [0, 1, 1000, 65_535, 1 << 20, int.MaxValue, 1u << 31]),
        (SettingId.MaxFrameSize, [16_384, 20_000, (1 << 24) - 1, 100]), (SettingId.MaxConcurrentStreams, [0, 1, 2, 100, uint.MaxValue]),
        (SettingId.MaxHeaderListSize, [0, 100, 65_536]), (SettingId.EnableConnectProtocol, [1, 1, 0, 2]), (SettingId.EnablePush, [0, 0, 1]),
        (SettingId.NoRfc7540Priorities, [1, 0, 2]), ((SettingId)0x4242, [7]),
    ];

    private readonly HpackEncoder _encoder = new();
    private readonly bool _silent = dice.Chance(30);

    protected Dice Dice => dice;

    protected List<byte[]> Parts { get; } = [];

    /// <summary>Streams whose sender has more to say.</summary>
    protected List<int> Open { get; } = [];

    public FuzzCase Make()
    {
        byte[] knobs = dice.Bytes(FuzzTarget.KnobCount);
        Begin();
        for (int steps = 1 + dice.Next(24); steps > 0; steps--) Step();
        int untouched = dice.Chance(90) ? 2 : 0;
        if (dice.Chance(30)) Spoil(untouched);
        if (dice.Chance(25)) Mutator.Bytes(Parts, dice, untouched, skip: 1);
        if (dice.Chance(30)) Mutator.Parts(Parts, dice, untouched);
        return new FuzzCase(knobs, [.. Parts]);
    }

    /// <summary>As <see cref="FuzzTarget.Mend"/>: the part is one frame.</summary>
    public static byte[]? Mend(byte[] part)
    {
        if (part.Length <= FrameHeader.Bytes || part[0] is not (Script.Bytes or Script.Silent)) return null;
        byte[] mended = [.. part];
        int length = part.Length - FrameHeader.Bytes - 1;
        (mended[1], mended[2], mended[3]) = ((byte)(length >> 16), (byte)(length >> 8), (byte)length);
        return mended;
    }

    protected abstract void Begin();

    /// <summary>A head, or the heads, of a stream.</summary>
    protected abstract void Head();

    protected void Frame(FrameType type, byte flags, int id, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[FrameHeader.Bytes + payload.Length];
        new FrameHeader(payload.Length, type, flags, id).Write(frame);
        payload.CopyTo(frame.AsSpan(FrameHeader.Bytes));
        Parts.Add(Script.Deliver(frame, _silent && dice.Chance(60)));
    }

    protected void Settings(int count)
    {
        byte[] payload = new byte[count * Setting.Bytes];
        for (int i = 0; i < count; i++)
        {
            (SettingId id, uint[] values) = dice.Pick<(SettingId, uint[])>(s_settings);
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(i * Setting.Bytes), (ushort)id);
            uint value = dice.Chance(85) ? values[dice.Next(Math.Max(1, values.Length - 1))] : values[^1];
            BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(i * Setting.Bytes + 2), value);
        }

        Frame(FrameType.Settings, 0, 0, payload);
    }

    /// <summary>A header block in one frame or several, with padding and priority now and then.</summary>
    protected void Block(int id, IEnumerable<(string Name, string Value)> fields, bool ends)
    {
        byte[] room = new byte[256 * 1024];
        int length = _encoder.WriteSizeUpdates(room);
        foreach ((string name, string value) in fields)
            length += _encoder.Write(room.AsSpan(length), Encoding.Latin1.GetBytes(name), Encoding.Latin1.GetBytes(value), dice.Chance(5));
        byte flags = ends ? FrameFlags.EndStream : (byte)0;
        List<byte> front = [];
        int padding = dice.Chance(12) ? dice.Next(40) : -1;
        if (padding >= 0) (flags, front) = ((byte)(flags | FrameFlags.Padded), [(byte)padding]);
        if (dice.Chance(10)) flags |= FrameFlags.Priority;
        if ((flags & FrameFlags.Priority) != 0) front.AddRange([0, 0, 0, dice.Chance(90) ? (byte)0 : (byte)id, 16]);
        int first = dice.Chance(15) || length > 16_000 ? dice.Next(Math.Min(length, 16_000) + 1) : length;
        if (first == length) flags |= FrameFlags.EndHeaders;
        Frame(FrameType.Headers, flags, id, [.. front, .. room.AsSpan(0, first), .. new byte[Math.Max(0, padding)]]);
        for (int at = first; (flags & FrameFlags.EndHeaders) == 0;)
        {
            int count = Math.Min(length - at, dice.Chance(20) ? 0 : 1 + dice.Size(16_000));
            if (at + count == length) flags |= FrameFlags.EndHeaders;
            Frame(FrameType.Continuation, (byte)(flags & FrameFlags.EndHeaders), id, room.AsSpan(at, count));
            at += count;
        }
    }

    private void Step()
    {
        switch (dice.Next(16))
        {
            case <= 4: Head(); break;
            case <= 9 when Open.Count > 0: Data(); break;
            case 10 when Open.Count > 0:
                int ending = dice.Pick<int>(Open.ToArray());
                Block(ending, [("x-sum", "1"), ("grpc-status", "0")], ends: dice.Chance(90));
                Open.Remove(ending);
                break;
            case 11: Settings(dice.Next(4)); break;
            case 12: Widen(dice.Chance(40) ? 0 : Stream()); break;
            case 13: Parts.Add(Script.Event(dice)); break;
            default: Odd(); break;
        }
    }

    private void Data()
    {
        int id = dice.Pick<int>(Open.ToArray());
        byte[] content = dice.Bytes(dice.Size(dice.Chance(30) ? MostContent % FrameRules.DefaultMaxFrameSize : 300));
        bool ends = dice.Chance(35);
        bool padded = dice.Chance(15);
        byte flags = (byte)((ends ? FrameFlags.EndStream : 0) | (padded ? FrameFlags.Padded : 0));
        int padding = padded ? dice.Next(100) : 0;
        Frame(FrameType.Data, flags, id, padded ? [(byte)padding, .. content, .. new byte[padding]] : content);
        if (ends) Open.Remove(id);
    }

    /// <summary>What costs its receiver something, and its sender little.</summary>
    private void Odd()
    {
        switch (dice.Next(8))
        {
            case 0: Frame(FrameType.Ping, dice.Chance(70) ? (byte)0 : FrameFlags.Ack, 0, dice.Bytes(8)); break;
            case 1: Frame(FrameType.Priority, 0, Stream(), dice.Bytes(5)); break;
            case 2 or 3: Frame(FrameType.RstStream, 0, Stream(), [0, 0, 0, (byte)dice.Next(14)]); break;
            case 4: Frame(FrameType.Settings, FrameFlags.Ack, 0, default); break;
            case 5 when dice.Chance(40): Frame(FrameType.GoAway, 0, 0, [0, 0, 0, (byte)dice.Next(12), 0, 0, 0, (byte)dice.Next(3)]); break;
            case 6: Frame((FrameType)(10 + dice.Next(200)), (byte)dice.Next(256), dice.Next(12), dice.Bytes(dice.Size(100))); break;
            default: Widen(dice.Chance(50) ? 0 : Stream()); break;
        }
    }

    private void Widen(int id)
    {
        byte[] increment = new byte[4];
        uint bytes = dice.Chance(85) ? (uint)(1 + dice.Size(200_000)) : dice.Pick<uint>([0, int.MaxValue, 1u << 31]);
        BinaryPrimitives.WriteUInt32BigEndian(increment, bytes);
        Frame(FrameType.WindowUpdate, 0, id, increment);
    }

    private int Stream() => Open.Count > 0 && dice.Chance(80) ? dice.Pick<int>(Open.ToArray()) : dice.Next(14);

    /// <summary>Another length, type, flag or stream in the heads of frames.</summary>
    private void Spoil(int first)
    {
        for (int edits = 1 + dice.Next(2); edits > 0 && Parts.Count > first; edits--)
        {
            int part = first + dice.Next(Parts.Count - first);
            if (Parts[part].Length <= FrameHeader.Bytes || Parts[part][0] is not (Script.Bytes or Script.Silent)) continue;
            byte[] frame = [.. Parts[part]];
            switch (dice.Next(4))
            {
                case 0: frame[3] = (byte)(frame[3] + dice.Next(5) - 2); break;
                case 1: frame[4] = (byte)dice.Next(11); break;
                case 2: frame[5] ^= dice.Pick<byte>([FrameFlags.EndStream, FrameFlags.EndHeaders, FrameFlags.Padded, FrameFlags.Priority]); break;
                default: frame[9] = (byte)dice.Next(14); break;
            }

            Parts[part] = frame;
        }
    }
}
