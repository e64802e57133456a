using System.Buffers.Binary;
using Mesh.Wire.Http2.Frames;

namespace Mesh.Fuzz.Http2;

/// <summary>
/// Keeps the books of what the peer, which is the case, has sent: the windows that it gave, the settings that it told, the streams that it opened and
/// ended. Plain sums, which only bound what is allowed, so that no faulty frame makes them too small.
/// </summary>
internal sealed class HostileSide(bool isClient)
{
    private readonly FrameParser _parser = new(isClient ? FrameWriter.ClientPreface.ToArray() : []);
    private readonly Dictionary<int, long> _streamGrants = [];
    private long _largestInitial = PeerSettings.DefaultWindow;
    private long _initial = PeerSettings.DefaultWindow;
    private int _blockStream;

    /// <summary>Payload that it takes of all streams, over all time.</summary>
    public long ConnectionGrant { get; private set; } = PeerSettings.DefaultWindow;

    /// <summary>Payload of DATA that it sent, padding included.</summary>
    public long DataBytes { get; private set; }

    /// <summary>Header table sizes of each SETTINGS that was not acknowledged yet.</summary>
    public Queue<int[]> TableSizes { get; } = new();

    /// <summary>Streams that it opened, in order, as the rules want.</summary>
    public SortedSet<int> Opened { get; } = [];

    /// <summary>Streams whose last frame it has sent.</summary>
    public HashSet<int> Ended { get; } = [];

    /// <summary>Streams that it reset.</summary>
    public HashSet<int> Reset { get; } = [];

    /// <summary>Bodies.</summary>
    public Dictionary<int, List<byte>> Bodies { get; } = [];

    /// <summary>At the border of a frame, outside of a header block: what it sends next is understood.</summary>
    public bool IsInStep => _parser.Rest == 0 && _blockStream == 0 && !_parser.IsLost;

    /// <summary>Payload that it takes of one stream, over all time, at most.</summary>
    public long StreamGrant(int id) => _largestInitial + _streamGrants.GetValueOrDefault(id);

    /// <summary>The same, by the last setting: what must not become too large.</summary>
    public long PresentGrant(int id) => _initial + _streamGrants.GetValueOrDefault(id);

    public void Take(ReadOnlySpan<byte> bytes)
    {
        foreach (WholeFrame frame in _parser.Take(bytes)) Take(frame);
    }

    private void Take(WholeFrame frame)
    {
        switch (frame.Type)
        {
            case FrameType.Settings when !frame.Has(FrameFlags.Ack) && frame.Id == 0 && frame.Payload.Length % Setting.Bytes == 0:
                TakeSettings(frame.Payload);
                break;
            case FrameType.WindowUpdate when frame.Payload.Length == 4:
                int increment = (int)(frame.Word() & 0x7FFFFFFF);
                if (frame.Id == 0) ConnectionGrant += increment;
                else _streamGrants[frame.Id] = _streamGrants.GetValueOrDefault(frame.Id) + increment;
                break;
            case FrameType.Data:
                DataBytes += frame.Payload.Length;
                if (!Bodies.TryGetValue(frame.Id, out List<byte>? body)) Bodies[frame.Id] = body = [];
                if (!Ended.Contains(frame.Id)) body.AddRange(frame.Content() ?? []);
                if (frame.Has(FrameFlags.EndStream)) Ended.Add(frame.Id);
                break;
            case FrameType.Headers:
                if (frame.Id > (Opened.Count == 0 ? 0 : Opened.Max)) Opened.Add(frame.Id);
                if (frame.Has(FrameFlags.EndStream)) Ended.Add(frame.Id);
                _blockStream = frame.Has(FrameFlags.EndHeaders) ? 0 : frame.Id;
                break;
            case FrameType.Continuation when frame.Has(FrameFlags.EndHeaders):
                _blockStream = 0;
                break;
            case FrameType.RstStream:
                Reset.Add(frame.Id);
                break;
        }
    }

    private void TakeSettings(byte[] payload)
    {
        List<int> sizes = [];
        for (int at = 0; at < payload.Length; at += Setting.Bytes)
        {
            SettingId id = (SettingId)BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(at));
            uint value = BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(at + 2));
            if (id == SettingId.HeaderTableSize) sizes.Add((int)Math.Min(value, int.MaxValue));
            if (id == SettingId.InitialWindowSize) _initial = value;
            if (id == SettingId.InitialWindowSize) _largestInitial = Math.Max(_largestInitial, value);
        }

        TableSizes.Enqueue([.. sizes]);
    }
}
