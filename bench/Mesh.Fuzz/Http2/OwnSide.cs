using Mesh.Fuzz.Hpack;
using Mesh.Wire.Http2.Frames;

namespace Mesh.Fuzz.Http2;

/// <summary>
/// Reads what our connection sends as a strict peer would (RFC 9113): frames in their forms and order, heads that unpack, payload within the windows,
/// nothing behind the end of a stream or of the connection.
/// </summary>
internal sealed class OwnSide(bool isClient, HostileSide peer, int connectionWindow)
{
    private readonly FrameParser _parser = new(isClient ? FrameWriter.ClientPreface.ToArray() : []);
    private readonly ReferenceDecoder _decoder = new();
    private readonly Dictionary<int, long> _data = [];
    private readonly HashSet<int> _headed = [];
    private readonly List<byte> _block = [];
    private long _dataBytes;
    private long _given = PeerSettings.DefaultWindow;
    private int _blockStream;
    private bool _sawSettings;

    /// <summary>The last GOAWAY; null: none.</summary>
    public WholeFrame? GoAway { get; private set; }

    /// <summary>Streams that it ended or reset.</summary>
    public HashSet<int> Over { get; } = [];

    /// <summary>Streams that it reset.</summary>
    public HashSet<int> Reset { get; } = [];

    /// <summary>Bodies.</summary>
    public Dictionary<int, List<byte>> Bodies { get; } = [];

    /// <summary>It has said that it ends for a fault.</summary>
    public bool HasFailed => GoAway is { } last && (Http2Error)last.Word(4) != Http2Error.NoError;

    /// <summary>The peer's stream is none that it will answer: it said so.</summary>
    public bool Ignores(int id) => GoAway is { } last && id > (int)last.Word();

    /// <summary>What it lets the peer send now, of all streams together, as told.</summary>
    public long Window => _given - peer.DataBytes;

    public void Take(byte[] bytes)
    {
        foreach (WholeFrame frame in _parser.Take(bytes)) Take(frame);
        FuzzFaultException.Require(!_parser.IsLost, "it sends no preface");
    }

    private void Take(WholeFrame frame)
    {
        Require(!HasFailed, frame, "comes behind the last word");
        Require(frame.Payload.Length <= FrameRules.DefaultMaxFrameSize, frame, "is too long");
        Require(_sawSettings || frame is { Type: FrameType.Settings, Header.Flags: 0 }, frame, "comes before the settings");
        Require(_blockStream == 0 || (frame.Type == FrameType.Continuation && frame.Id == _blockStream), frame, "comes within a header block");
        _sawSettings = true;
        switch (frame.Type)
        {
            case FrameType.Data: TakeData(frame); break;
            case FrameType.Headers or FrameType.Continuation: TakeBlock(frame); break;
            case FrameType.Settings: TakeSettings(frame); break;
            case FrameType.WindowUpdate: TakeWindowUpdate(frame); break;
            case FrameType.RstStream:
                Require(frame.Payload.Length == 4 && frame.Id > 0 && Enum.IsDefined((Http2Error)frame.Word()), frame, "is malformed");
                Over.Add(frame.Id);
                // Once it has forgotten the stream, DATA that comes late is answered again (RFC 9113 section 5.1).
                Require(Reset.Add(frame.Id) || (Http2Error)frame.Word() == Http2Error.StreamClosed, frame, "resets a stream twice");
                break;
            case FrameType.GoAway:
                Require(frame is { Payload.Length: >= 8, Id: 0 } && Enum.IsDefined((Http2Error)frame.Word(4)), frame, "is malformed");
                Require(GoAway is null || frame.Word() <= GoAway.Word(), frame, "raises the last stream");
                GoAway = frame;
                break;
            case FrameType.Ping:
                Require(frame is { Payload.Length: 8, Id: 0 }, frame, "is malformed");
                break;
            default:
                Require(false, frame, "is of a type that we never send");
                break;
        }
    }

    private void TakeData(WholeFrame frame)
    {
        Require(_headed.Contains(frame.Id) && !Over.Contains(frame.Id), frame, "belongs to no open stream");
        _dataBytes += frame.Payload.Length;
        _data[frame.Id] = _data.GetValueOrDefault(frame.Id) + frame.Payload.Length;
        Require(_dataBytes <= peer.ConnectionGrant, frame, "is more than the connection's window");
        Require(_data[frame.Id] <= peer.StreamGrant(frame.Id), frame, "is more than its stream's window");
        if (!Bodies.TryGetValue(frame.Id, out List<byte>? body)) Bodies[frame.Id] = body = [];
        body.AddRange(frame.Content() ?? []);
        if (frame.Has(FrameFlags.EndStream)) Over.Add(frame.Id);
    }

    private void TakeBlock(WholeFrame frame)
    {
        if (frame.Type == FrameType.Headers)
        {
            Require(frame.Id % 2 == 1 && !Over.Contains(frame.Id), frame, "belongs to no open stream");
            Require(isClient || peer.Opened.Contains(frame.Id), frame, "answers what nobody asked");
            if (frame.Has(FrameFlags.EndStream)) Over.Add(frame.Id);
            _block.Clear();
        }
        else Require(_blockStream != 0, frame, "continues nothing");

        _block.AddRange(frame.Content() ?? []);
        _blockStream = frame.Has(FrameFlags.EndHeaders) ? 0 : frame.Id;
        if (_blockStream != 0) return;
        List<(byte[] Name, byte[] Value, bool NeverIndexed)>? fields = _decoder.Decode([.. _block]);
        Require(fields is { Count: > 0 }, frame, "cannot be unpacked");
        bool isPseudo = fields![0].Name is [(byte)':', ..];
        Require(isPseudo || _headed.Contains(frame.Id), frame, "has no pseudo field");
        Require(fields.SkipWhile(static field => field.Name is [(byte)':', ..]).All(static field => IsPlain(field.Name)), frame,
            "has a name that none may have");
        _headed.Add(frame.Id);
    }

    private static bool IsPlain(byte[] name) => name.Length > 0 && name[0] != ':'
        && !name.Any(static each => each is >= (byte)'A' and <= (byte)'Z' or <= 0x20);

    private void TakeSettings(WholeFrame frame)
    {
        Require(frame.Id == 0 && frame.Payload.Length % Setting.Bytes == 0, frame, "is malformed");
        if (!frame.Has(FrameFlags.Ack)) return;
        Require(peer.TableSizes.TryDequeue(out int[]? sizes), frame, "acknowledges nothing");
        foreach (int size in sizes!) _decoder.SetTableSize(size);
    }

    private void TakeWindowUpdate(WholeFrame frame)
    {
        Require(frame.Payload.Length == 4 && frame.Word() is > 0 and <= int.MaxValue, frame, "is malformed");
        if (frame.Id > 0) return;
        _given += frame.Word();
        Require(Window <= Math.Max(PeerSettings.DefaultWindow, connectionWindow), frame, "opens the window too far");
    }

    private static void Require(bool holds, WholeFrame frame, string fault) =>
        FuzzFaultException.Require(holds, $"{frame.Type} {fault}: stream {frame.Id}, {frame.Payload.Length} bytes");
}
