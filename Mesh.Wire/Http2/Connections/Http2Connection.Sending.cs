using System.Buffers.Binary;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Http2.Streams;

namespace Mesh.Wire.Http2.Connections;

/// <summary>The half that makes frames: all streams' in one output, in the order in which they are made.</summary>
public abstract partial class Http2Connection
{
    /// <summary>What a stream may add in its turn, so that others have theirs.</summary>
    private const int BytesPerTurn = FrameRules.DefaultMaxFrameSize;

    private readonly HpackEncoder _encoder = new();
    private readonly Queue<Http2Stream> _queue = new();
    private long _sendWindow = PeerSettings.DefaultWindow;
    private long _streamBytesSent = -1;
    private bool _pumping;

    /// <summary>Bytes of payload that were queued, of all streams.</summary>
    internal long PayloadSent { get; private set; }

    /// <summary>Queues payload, as far as the windows of stream and connection and the output's room go.</summary>
    /// <param name="stream">Whose.</param>
    /// <param name="payload">What it has.</param>
    /// <param name="ends">After all of it the stream has no more: END_STREAM.</param>
    /// <returns>How many bytes were queued.</returns>
    internal int WriteData(Http2Stream stream, ReadOnlySpan<byte> payload, bool ends)
    {
        int written = 0;
        while (true)
        {
            int left = payload.Length - written;
            int count = Math.Min(left, FrameRules.DefaultMaxFrameSize);
            if (left > 0)
            {
                if (Output.IsFull) return written;
                count = (int)Math.Min(count, Math.Min(stream.SendWindow, _sendWindow));
                if (count <= 0) return written;
            }
            else if (!ends)
            {
                return written;
            }

            bool last = ends && count == left;
            Span<byte> room = Output.Buffer.Append(FrameHeader.Bytes + count);
            new FrameHeader(count, FrameType.Data, last ? FrameFlags.EndStream : FrameFlags.None, stream.Id).Write(room);
            payload.Slice(written, count).CopyTo(room[FrameHeader.Bytes..]);
            stream.SendWindow -= count;
            stream.HasMoved |= count > 0;
            stream.BytesSent += FrameHeader.Bytes + count;
            stream.LocalClosed |= last;
            _sendWindow -= count;
            _streamBytesSent += count;
            PayloadSent += count;
            written += count;
            if (last) return written;
        }
    }

    internal void WriteWindowUpdate(int id, int bytes)
    {
        Output.Buffer.Commit(FrameWriter.WindowUpdate(Output.Buffer.Reserve(16), id, bytes));
        Output.Schedule();
    }

    /// <summary>The stream waits for its turn to send.</summary>
    internal void Enqueue(Http2Stream stream)
    {
        if (stream.IsQueued) return;
        if (_queue.Count > MostQueued) DropOver();
        stream.IsQueued = true;
        _queue.Enqueue(stream);
    }

    /// <summary>Streams of exchanges that are over leave the queue: while a window stays shut, nobody else looks at them.</summary>
    private void DropOver()
    {
        for (int count = _queue.Count; count > 0; count--)
        {
            Http2Stream stream = _queue.Dequeue();
            stream.IsQueued = stream.Id != 0 && !stream.IsReset;
            if (stream.IsQueued) _queue.Enqueue(stream);
        }
    }

    /// <summary>Places in the queue of those that wait for their turn; some may be of streams that are over.</summary>
    internal int StreamsInQueue => _queue.Count;

    private int MostQueued => 2 * Options.MaxConcurrentStreams;

    private protected void WriteReset(int id, Http2Error error) => Output.Buffer.Commit(FrameWriter.RstStream(Output.Buffer.Reserve(16), id, error));

    private protected void WriteGoAway(Http2Error error, int lastStream) =>
        Output.Buffer.Commit(FrameWriter.GoAway(Output.Buffer.Reserve(32), lastStream, error, default));

    private protected void WritePing()
    {
        Span<byte> opaque = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(opaque, 0x6d_65_73_68_00_00_00_01);
        Output.Buffer.Commit(FrameWriter.Ping(Output.Buffer.Reserve(32), opaque, ack: false));
    }

    /// <summary>The last stream that the peer opened and that was looked at.</summary>
    private protected abstract int LastSeen { get; }

    private void WritePong(ReadOnlySpan<byte> opaque)
    {
        if (Output.IsBlocked) _queuedAnswers++;
        Output.Buffer.Commit(FrameWriter.Ping(Output.Buffer.Reserve(32), opaque, ack: true));
    }

    private void WriteSettingsAck()
    {
        if (Output.IsBlocked) _queuedAnswers++;
        Output.Buffer.Commit(FrameWriter.SettingsAck(Output.Buffer.Reserve(16)));
    }

    /// <summary>What this side says first.</summary>
    private void WriteSettings()
    {
        if (IsClient) Output.Buffer.Append(FrameWriter.ClientPreface);
        Setting tunnels = new(SettingId.EnableConnectProtocol, 1);
        ReadOnlySpan<Setting> settings =
        [
            IsClient ? new Setting(SettingId.EnablePush, 0) : new Setting(SettingId.MaxConcurrentStreams, (uint)Options.MaxConcurrentStreams),
            new Setting(SettingId.InitialWindowSize, (uint)Options.StreamWindowBytes),
            new Setting(SettingId.MaxFrameSize, (uint)Options.MaxFrameBytes),
            new Setting(SettingId.MaxHeaderListSize, (uint)Options.MaxHeaderListBytes),
            new Setting(SettingId.HeaderTableSize, (uint)Options.HeaderTableBytes),
            .. !IsClient && Options.TakesTunnels ? [tunnels] : Array.Empty<Setting>(),
        ];
        Output.Buffer.Commit(FrameWriter.Settings(Output.Buffer.Reserve(FrameWriter.SettingsBytes(settings.Length)), settings));
        int more = Options.ConnectionWindowBytes - PeerSettings.DefaultWindow;
        if (more <= 0) return;
        if (!Loop.Buffers.IsShort)
        {
            WriteWindowUpdate(0, more);
            return;
        }

        // Whoever comes while the node is short of room begins with the least that there is.
        _receiveWindow = PeerSettings.DefaultWindow;
        _owed = more;
        HoldBack();
    }

    /// <summary>The windows of all streams move with the peer's setting. False: one would be too large.</summary>
    private bool MoveWindows(int by)
    {
        // All of them first: a flow that goes on may end its stream, and another take its object.
        Http2Stream[] streams = [.. _streams.Values];
        foreach (Http2Stream stream in streams)
        {
            if (!stream.Widen(by)) return false;
        }

        if (by < 0) return true;
        foreach (Http2Stream stream in streams) PumpStream(stream);

        return true;
    }

    private bool WidenConnection(int bytes)
    {
        _sendWindow += bytes;
        if (_sendWindow > PeerSettings.LargestWindow) return false;
        PumpQueue();
        return true;
    }

    private void PumpStream(Http2Stream stream)
    {
        if (stream.Pump(BytesPerTurn) == SendWait.Connection) Enqueue(stream);
        PumpQueue();
        Output.Schedule();
    }

    /// <summary>One after the other, each its share, as long as anything moves.</summary>
    private void PumpQueue()
    {
        if (_pumping) return;
        _pumping = true;
        int idle = 0;
        while (_queue.Count > 0 && idle < _queue.Count && !Output.IsFull && !IsClosed)
        {
            Http2Stream stream = _queue.Dequeue();
            stream.IsQueued = false;
            long before = stream.BytesSent;
            if (stream.Pump(BytesPerTurn) != SendWait.Connection || stream.IsQueued) continue;
            Enqueue(stream);
            idle = stream.BytesSent == before ? idle + 1 : 0;
        }

        _pumping = false;
    }
}
