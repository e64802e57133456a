using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Streams;
using Mesh.Wire.Loops;

namespace Mesh.Fuzz.Http2;

/// <summary>A connection to a backend that is hostile, or only odd.</summary>
internal sealed class Http2ClientTarget : FuzzTarget
{
    public override string Name => "http2-client";

    public override FuzzCase Make(Dice dice) => new ServerGrammar(dice).Make();

    public override byte[]? Mend(byte[] part) => FrameGrammar.Mend(part);

    public override void Check(FuzzCase made)
    {
        using Http2ClientStage stage = new(made);
        stage.Play(made.Parts);
        stage.LetThrough();
        stage.EndAll();
        stage.JudgeEnd();
        FuzzFaultException.Require(stage.Taken == 0, $"exchanges are out after the end: {stage.Taken}");
    }
}

/// <summary>The connection, its owner, and exchanges of all kinds.</summary>
internal sealed class Http2ClientStage : Http2Stage, IStreamOwner
{
    private static readonly HeadEdits s_noEdits = new();
    private readonly Http2ClientConnection _connection;
    private readonly Dice _dice;
    private readonly HashSet<int> _over = [];
    private int _left;

    public Http2ClientStage(FuzzCase made)
        : base(peerIsClient: false, Options(made))
    {
        _dice = made.Dice();
        long times = made.Knob(9, 2) == 0 ? 1 : 60_000_000_000;
        ClientConnectionOptions waits = new()
        {
            PoolIdleTimeoutNs = times, ResponseIdleTimeoutNs = times, WriteTimeoutNs = times, TunnelIdleTimeoutNs = times,
        };
        _connection = new Http2ClientConnection(Transport, Options(made), waits, this);
        _connection.Start();
        Loop.Settle();
    }

    public int Taken => _connection.Taken;

    protected override Http2Connection Connection => _connection;

    void IStreamOwner.OnFree(Http2ClientConnection connection)
    {
    }

    void IStreamOwner.OnRoom()
    {
    }

    void IStreamOwner.OnLeaving(Http2ClientConnection connection) =>
        FuzzFaultException.Require(++_left == 1, "its owner is told twice: that it leaves");

    void IStreamOwner.OnClosed(Http2ClientConnection connection) => Closed++;

    protected override void Drain() => _connection.Retire();

    protected override bool TryDo(byte[] part)
    {
        if (part[0] != ServerGrammar.Ask) return false;
        int kind = part.Length > 1 ? part[1] : 0;
        if (_connection.TryTake() is { } stream) Run(() => AskAsync(stream, kind));
        return true;
    }

    protected override IEnumerable<int> OpenIds() =>
        Enumerable.Range(0, 40).Select(static i => i * 2 + 1).Where(id => !Own.Over.Contains(id) && !_over.Contains(id));

    /// <summary>A response that was ended is over for its exchange.</summary>
    protected override void JudgeStreams() =>
        FuzzFaultException.Require(_connection.OpenStreams <= _connection.Taken,
            $"streams are open that nobody has: {_connection.OpenStreams} of {_connection.Taken}");

    private static RequestHead Head(int kind)
    {
        string text = (kind % 5) switch
        {
            0 => "GET / HTTP/1.1\r\nHost: x\r\nCookie: a=1\r\n\r\n",
            1 => "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n",
            2 => "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n",
            3 => "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: x-own\r\nX-Own: 1\r\n\r\n",
            _ => "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        };
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(text);
        RequestHead head = new();
        int scanned = 0;
        RequestHeadParser.Parse(bytes, 0, bytes.Length, ref scanned, head, Http1Limits.Default, out _);
        return head;
    }

    private async Task AskAsync(Http2ClientStream stream, int kind)
    {
        RequestHead head = Head(kind);
        bool upgrades = head.OffersUpgrade && await stream.TakesUpgradeAsync(LoopTimer.Never);
        stream.WriteRequest(head, s_noEdits, upgrades ? "websocket"u8 : default);
        int id = stream.Id;
        Connection.Output.Schedule();
        Task<bool> upload = head.Framing == BodyFraming.None || upgrades ? Task.FromResult(true) : UploadAsync(stream, head);
        if (kind >= 230) await Stand();
        if (kind is > 200 and < 215) ((IGoneWatcher)stream).OnGone();
        bool whole = await ResponseAsync(stream, kind);
        if (whole && upload.IsCompleted && upload.Result) stream.Release();
        else stream.Abort();
        _over.Add(id);
        await upload;
    }

    private async Task<bool> UploadAsync(Http2ClientStream stream, RequestHead head)
    {
        int left = head.Framing == BodyFraming.Length ? (int)head.ContentLength : _dice.Size(200_000);
        while (true)
        {
            byte[] piece = new byte[Math.Min(left, 1 + _dice.Size(30_000))];
            left -= piece.Length;
            BodyRead next = new(piece, 0, piece.Length, left == 0 ? BodyStatus.Last : BodyStatus.Data, false);
            if (!await stream.WriteBodyAsync(next, null)) return false;
            if (left == 0) return true;
        }
    }

    private async Task<bool> ResponseAsync(Http2ClientStream stream, int kind)
    {
        ResponseArrival arrival;
        do
        {
            arrival = await stream.NextHeadAsync(kind % 3 == 0 ? LoopTimer.In(1) : LoopTimer.Never);
        }
        while (arrival == ResponseArrival.Head && stream.Response.IsInterim && stream.Response.Status != 101);
        bool hasReason = arrival != ResponseArrival.Rejected || stream.Rejection != RejectReason.None;
        FuzzFaultException.Require(hasReason, "a refusal without its reason: of a response");
        if (arrival != ResponseArrival.Head) return false;
        if (stream.Response.Status == 101) stream.BecomeTunnel();
        if (kind is > 180 and < 190) return false;
        if (kind is > 160 and < 180)
        {
            BodyStatus status = await stream.WhenWholeAsync(1 + _dice.Size(5000), LoopTimer.Never);
            if (status is not (BodyStatus.Last or BodyStatus.Data)) return false;
            FuzzFaultException.Require(status != BodyStatus.Last || stream.IsWhole, "a response is whole and is not: as it says");
        }

        long length = 0, promised = stream.Response.Framing == BodyFraming.Length ? stream.Response.ContentLength : -1;
        while (true)
        {
            BodyRead read = await stream.ReadBodyAsync();
            if (read.IsFailure) return false;
            length += read.Count;
            if (read.IsLast) break;
            if (_dice.Chance(15)) await Stand();
        }

        FuzzFaultException.Require(promised < 0 || length == promised, $"a body is not as long as its head says: {length}, {promised}");
        return true;
    }
}
