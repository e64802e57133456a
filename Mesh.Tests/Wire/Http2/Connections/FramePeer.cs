using System.Buffers.Binary;
using Mesh.Tests.Wire.Http1Connections;
using Mesh.Tests.Wire.Http2.Heads;
using Mesh.Tests.Wire.Http2.Hpack;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Connections;

/// <summary>A frame as it came.</summary>
internal sealed record SeenFrame(FrameHeader Header, byte[] Payload)
{
    public FrameType Type => Header.Type;

    public int Id => Header.StreamId;

    public bool Ends => Header.Has(FrameFlags.EndStream);

    public string Text => HeadKit.Text(Payload);

    /// <summary>Of RST_STREAM and WINDOW_UPDATE the word, of GOAWAY the error.</summary>
    public uint Word => BinaryPrimitives.ReadUInt32BigEndian(Payload.AsSpan(Type == FrameType.GoAway ? 4 : 0));

    public Http2Error Error => (Http2Error)Word;

    public override string ToString() => $"{Type} {Id} {Payload.Length}{(Ends ? " end" : "")}";
}

/// <summary>The other end of a connection on a transport by hand: writes frames, reads frames.</summary>
internal sealed class FramePeer
{
    private readonly HpackEncoder _encoder = new();
    private readonly HpackDecoder _decoder = new();
    private readonly List<byte> _unread = [];
    private readonly List<byte> _batch = [];
    private bool _gathers;

    public FramePeer()
    {
        // Flows go on where they are completed, not in the test framework's context.
        SynchronizationContext.SetSynchronizationContext(null);
        Transport = new FakeTransport(Loop);
    }

    public ManualLoop Loop { get; } = new();

    public FakeTransport Transport { get; }

    /// <summary>Everything that is sent within arrives in one piece.</summary>
    public void InOne(Action send)
    {
        _gathers = true;
        send();
        _gathers = false;
        byte[] piece = [.. _batch];
        _batch.Clear();
        Deliver(piece);
    }

    public void Preface() => Deliver(FrameWriter.ClientPreface.ToArray());

    public void Settings(params (SettingId Id, uint Value)[] settings)
    {
        byte[] room = new byte[FrameWriter.SettingsBytes(settings.Length)];
        FrameWriter.Settings(room, [.. settings.Select(static each => new Setting(each.Id, each.Value))]);
        Deliver(room);
    }

    /// <summary>What its heads are packed with keeps to this size from now on, and says so.</summary>
    public void TableSize(uint bytes) => _encoder.SetPeerTableSize(bytes);

    public void SettingsAck() => Send(new FrameHeader(0, FrameType.Settings, FrameFlags.Ack, 0), []);

    public void Headers(int id, string lines, bool ends = true)
    {
        byte[] block = HpackKit.Encode(_encoder, HeadKit.Fields(lines));
        Send(new FrameHeader(block.Length, FrameType.Headers, (byte)(FrameFlags.EndHeaders | (ends ? FrameFlags.EndStream : 0)), id), block);
    }

    public void Data(int id, string text, bool ends = false) => Data(id, HeadKit.Bytes(text), ends);

    public void Data(int id, byte[] payload, bool ends = false) =>
        Send(new FrameHeader(payload.Length, FrameType.Data, ends ? FrameFlags.EndStream : FrameFlags.None, id), payload);

    public void Reset(int id, Http2Error error = Http2Error.Cancel) => Write(13, room => FrameWriter.RstStream(room, id, error));

    public void Widen(int id, int bytes) => Write(13, room => FrameWriter.WindowUpdate(room, id, bytes));

    public void Ping(bool ack = false) => Write(17, room => FrameWriter.Ping(room, new byte[8], ack));

    public void GoAway(int last, Http2Error error = Http2Error.NoError) => Write(17, room => FrameWriter.GoAway(room, last, error, default));

    public void Send(FrameHeader header, byte[] payload)
    {
        byte[] frame = new byte[FrameHeader.Bytes + payload.Length];
        header.Write(frame);
        payload.CopyTo(frame.AsSpan(FrameHeader.Bytes));
        Deliver(frame);
    }

    /// <summary>The frames that came since the last time.</summary>
    public List<SeenFrame> Frames(bool preface = false)
    {
        Loop.Settle();
        _unread.AddRange(Transport.TakeSent());
        if (preface)
        {
            Assert.Equal(FrameWriter.ClientPreface.ToArray(), _unread[..FrameWriter.ClientPreface.Length]);
            _unread.RemoveRange(0, FrameWriter.ClientPreface.Length);
        }

        List<SeenFrame> frames = [];
        while (_unread.Count >= FrameHeader.Bytes)
        {
            FrameHeader header = FrameHeader.Parse(_unread[..FrameHeader.Bytes].ToArray());
            if (_unread.Count < FrameHeader.Bytes + header.Length) break;
            frames.Add(new SeenFrame(header, [.. _unread[FrameHeader.Bytes..(FrameHeader.Bytes + header.Length)]]));
            _unread.RemoveRange(0, FrameHeader.Bytes + header.Length);
        }

        return frames;
    }

    /// <summary>The fields of a HEADERS frame, each to be unpacked once and in order.</summary>
    public string Fields(SeenFrame frame)
    {
        Assert.Equal(HpackResult.Complete, HpackKit.Decode(_decoder, frame.Payload, out List<TextField> fields));
        return HpackKit.Show(fields);
    }

    private void Write(int bytes, Func<byte[], int> write)
    {
        byte[] room = new byte[bytes];
        Assert.Equal(bytes, write(room));
        Deliver(room);
    }

    private void Deliver(byte[] bytes)
    {
        if (_gathers)
        {
            _batch.AddRange(bytes);
            return;
        }

        Transport.Deliver(bytes);
        Loop.Settle();
    }
}
