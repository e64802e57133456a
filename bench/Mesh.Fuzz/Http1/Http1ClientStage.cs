using System.Net;
using System.Text;
using Mesh.Fuzz.World;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;

namespace Mesh.Fuzz.Http1;

/// <summary>The connection, its pool, and exchanges of all kinds, one after the other.</summary>
internal sealed class Http1ClientStage : Stage
{
    private const int MaxInterims = 64;
    private static readonly HeadEdits s_noEdits = new();

    private static readonly string[] s_requests =
    [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: x\r\nTE: trailers\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ];

    private readonly ConnectionPool _pool;
    private readonly Dice _dice;
    private readonly Http1Limits _limits;
    private readonly bool _isPatient;
    private readonly List<byte> _delivered = [];
    private readonly List<Heard> _heard = [];
    private Http1ClientConnection? _fresh;
    private bool _isOut;
    private bool _wasSilent;

    public Http1ClientStage(FuzzCase made)
    {
        _dice = made.Dice();
        _limits = Http1Grammar.Limits(made.Knob(8, 4));
        _isPatient = made.Knob(9, 2) == 0;
        ClientConnectionOptions options = new() { Limits = _limits };
        _pool = new ConnectionPool(new IPEndPoint(IPAddress.Loopback, 1), new PoolSettings(PoolLimits.Default, options));
        _pool.Places.TryReserve(Loop, out _);
        _fresh = new Http1ClientConnection(Transport, _pool, options);
        _fresh.Begin();
        if (made.Parts is not [[Http1ClientTarget.Ask, ..], ..]) Begin(0);
    }

    /// <summary>Each exchange heard what a plain reading of the bytes from its begin on says, and what it did not hear is not there.</summary>
    public void Compare()
    {
        byte[] raw = [.. _delivered];
        int at = 0;
        for (int i = 0; i < _heard.Count; i++)
        {
            Heard heard = _heard[i];
            bool mayBegin = i == 0 || _heard[i - 1].IsWhole;
            FuzzFaultException.Require(mayBegin, $"an exchange follows one that was not whole: number {i}");
            FuzzFaultException.Require(heard.WasSilent || heard.DeliveredBefore == at || i == 0,
                $"bytes that nobody asked for are taken for a response: {heard.DeliveredBefore - at} of them");
            StreamOutcome pure = MessageReader.Responses(raw[at..], _limits, heard.Method);
            Message[] early = [.. pure.Messages.TakeWhile(static each => each.Head is ResponseHead { IsInterim: true, Status: not 101 })];
            Message? final = early.Length < pure.Messages.Count ? pure.Messages[early.Length] : null;
            Judge(heard, early, final, pure.End);
            if (final is not null) at += final.End;
        }
    }

    /// <summary>What left are the requests, each whole or broken off, the broken one last.</summary>
    public void JudgeSent()
    {
        byte[] sent = Transport.TakeSent();
        if (_heard.Exists(static each => each.IsTunnel)) return;
        StreamOutcome read = MessageReader.Requests(sent, Http1Grammar.Wide);
        FuzzFaultException.Require(read.End != "rejected", "its own requests are refused: by the parser");
        FuzzFaultException.Require(read.Messages.Count <= _heard.Count,
            $"more requests left than were made: {read.Messages.Count} of {_heard.Count}");
        for (int i = 0; i < _heard.Count; i++)
        {
            bool isThere = i < read.Messages.Count;
            FuzzFaultException.Require(isThere || i >= _heard.Count - 1, $"a request is not whole and another follows: number {i}");
            if (!isThere) continue;
            RequestHead head = (RequestHead)read.Messages[i].Head;
            FuzzFaultException.Require(head.Method == _heard[i].Method, $"another request than was made: number {i}");
            FuzzFaultException.Require(read.Messages[i].Body.AsSpan().SequenceEqual(_heard[i].Sent.ToArray()), $"another body than was sent: of {i}");
        }
    }

    protected override void Drain() => _pool.Close([Loop]);

    protected override bool TryDo(byte[] part)
    {
        _wasSilent |= part[0] == Script.Silent;
        if (part[0] != Http1ClientTarget.Ask) return false;
        Begin(part.Length > 1 ? part[1] : 0);
        return true;
    }

    protected override void OnDeliver(ReadOnlySpan<byte> bytes) => _delivered.AddRange(bytes);

    protected override void Look()
    {
        if (Transport.IsClosed) Closed = 1 - _pool.Places.Open;
        FuzzFaultException.Require(_pool.Places.Open >= 0, "its place was given back twice: after its end");
        FuzzFaultException.Require(_pool.Idle == 0 || !_isOut, "it is idle: and an exchange is out");
        if (_pool.Idle > 0) RequireBuffersBack();
    }

    private static RequestHead Head(int kind)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(s_requests[kind % s_requests.Length]);
        RequestHead head = new();
        int scanned = 0;
        RequestHeadParser.Parse(bytes, 0, bytes.Length, ref scanned, head, Http1Limits.Default, out _);
        return head;
    }

    private void Judge(Heard heard, Message[] early, Message? final, string end)
    {
        string what = $"exchange of {heard.Method}";
        FuzzFaultException.Require(!heard.IsWhole || final is not null, $"a response was heard that is none: {what}, {heard.Statuses}");
        if (heard.IsWhole)
        {
            string wanted = string.Join(' ', early.Append(final!).Select(static each => ((ResponseHead)each.Head).Status));
            FuzzFaultException.Require(heard.Statuses == wanted, $"another response than was sent: {heard.Statuses}, wanted {wanted}");
            FuzzFaultException.Require(heard.Body.ToArray().AsSpan().SequenceEqual(final!.Body), $"another body than was sent: {what}");
            FuzzFaultException.Require(heard.Trailers.AsSpan().SequenceEqual(final.Trailers), $"other trailers than were sent: {what}");
        }

        // Bytes that came untold before the exchange belong to nobody; who left or was late may have missed anything.
        if (!IsPlain || heard.Left || heard.WasSilent) return;
        FuzzFaultException.Require(heard.IsWhole || final is null, $"a response was not heard: {what}, {heard.Statuses}, ended {heard.End}");
        bool isRefused = final is null && end == "rejected";
        FuzzFaultException.Require(!isRefused || heard.End == "rejected", $"what is no response was not refused: {what}, {heard.End}");
    }

    private void Begin(int kind)
    {
        if (_isOut) return;
        Http1ClientConnection? connection = _fresh ?? (Http1ClientConnection?)_pool.TryTake(Loop);
        bool isFresh = _fresh is not null;
        _fresh = null;
        if (connection is null) return;
        FuzzFaultException.Require(connection.IsReused != isFresh, "a connection does not know whether it served before: it says otherwise");
        RequestHead head = Head(kind);
        Heard heard = new(head.Method, _delivered.Count, _wasSilent);
        _heard.Add(heard);
        _isOut = true;
        Run(() => AskAsync(connection, head, kind, heard));
    }

    private async Task AskAsync(Http1ClientConnection connection, RequestHead head, int kind, Heard heard)
    {
        bool upgrades = head.OffersUpgrade;
        connection.WriteRequest(head, s_noEdits, upgrades ? "websocket"u8 : default);
        bool hasBody = head.Framing != BodyFraming.None;
        Task<bool> upload = hasBody ? UploadAsync(connection, head, heard) : Task.FromResult(true);
        if (!hasBody) await connection.FlushAsync();
        if (!_isPatient && kind >= 230)
        {
            heard.Left = true;
            await Stand();
        }

        if (!_isPatient && kind is > 200 and < 215)
        {
            heard.Left = true;
            ((IGoneWatcher)connection).OnGone();
        }

        bool whole = await ResponseAsync(connection, kind, heard, upgrades);
        if (whole && connection.CanOutlive && _dice.Chance(50)) await upload;
        bool isOver = whole && upload.IsCompleted && !heard.IsTunnel;
        heard.IsWhole = whole && !heard.IsTunnel;
        _isOut = false;
        if (isOver) connection.Release();
        else connection.Abort();
        await upload;
    }

    private async Task<bool> UploadAsync(Http1ClientConnection connection, RequestHead head, Heard heard)
    {
        int left = head.Framing == BodyFraming.Length ? (int)head.ContentLength : _dice.Size(20_000);
        while (true)
        {
            byte[] piece = _dice.Bytes(Math.Min(left, 1 + _dice.Size(8000)));
            left -= piece.Length;
            heard.Sent.AddRange(piece);

            // Its client has left: the rest never comes, and nobody tells the connection.
            if (!_isPatient && left > 0 && _dice.Chance(10)) return false;
            BodyRead next = new(piece, 0, piece.Length, left == 0 ? BodyStatus.Last : BodyStatus.Data, false);
            if (!await connection.WriteBodyAsync(next, null)) return false;
            if (left == 0) return true;
        }
    }

    private async Task<bool> ResponseAsync(Http1ClientConnection connection, int kind, Heard heard, bool upgrades)
    {
        for (int heads = 0; heads <= MaxInterims; heads++)
        {
            ResponseArrival arrival = await connection.NextHeadAsync(!_isPatient && kind % 3 == 0 ? LoopTimer.In(1) : LoopTimer.Never);
            heard.End = arrival == ResponseArrival.Rejected ? "rejected" : arrival.ToString();
            bool hasReason = arrival != ResponseArrival.Rejected || connection.Rejection != RejectReason.None;
            FuzzFaultException.Require(hasReason, "a refusal without its reason: of a head");
            if (arrival != ResponseArrival.Head) return false;
            heard.Hear(connection.Response.Status);
            if (connection.Response is { IsInterim: true, Status: not 101 }) continue;
            if (connection.Response.Status == 101 && upgrades) return await TunnelAsync(connection, heard);
            heard.Left |= connection.Response.Status == 101;
            return connection.Response.Status != 101 && await BodyAsync(connection, kind, heard);
        }

        heard.Left = true;
        return false;
    }

    private async Task<bool> BodyAsync(Http1ClientConnection connection, int kind, Heard heard)
    {
        long promised = connection.Response.Framing == BodyFraming.Length ? connection.Response.ContentLength : -1;
        while (true)
        {
            BodyRead read = await connection.ReadBodyAsync();
            heard.End = read.Status == BodyStatus.Rejected ? "rejected" : read.Status.ToString();
            bool hasReason = read.Status != BodyStatus.Rejected || connection.Rejection != RejectReason.None;
            FuzzFaultException.Require(hasReason, "a refusal without its reason: of a body");
            if (read.IsFailure) return false;
            heard.Body.AddRange(read.Payload);
            if (read.IsLast) break;
            if (_isPatient || kind >= 40) continue;
            heard.Left = true;
            await Stand();
        }

        heard.Trailers = connection.Trailers?.Lines.ToArray() ?? [];
        FuzzFaultException.Require(promised < 0 || heard.Body.Count == promised,
            $"a body is not as long as its head says: {heard.Body.Count}, {promised}");
        return true;
    }

    private static async Task<bool> TunnelAsync(Http1ClientConnection connection, Heard heard)
    {
        heard.IsTunnel = heard.Left = true;
        connection.BecomeTunnel();
        while (true)
        {
            BodyRead read = await connection.ReadBodyAsync();
            if (read.IsFailure || !await connection.WriteBodyAsync(read, null)) return false;
            if (read.IsLast) return true;
        }
    }

    /// <summary>What became of one exchange.</summary>
    /// <param name="Method">Of its request.</param>
    /// <param name="DeliveredBefore">Bytes that had come when it began.</param>
    /// <param name="WasSilent">Some of them may not have been told of.</param>
    private sealed record Heard(KnownMethod Method, int DeliveredBefore, bool WasSilent)
    {
        public string Statuses { get; private set; } = "";

        public List<byte> Body { get; } = [];

        public List<byte> Sent { get; } = [];

        public byte[] Trailers { get; set; } = [];

        public bool IsWhole { get; set; }

        public bool IsTunnel { get; set; }

        /// <summary>It was given up, or could have been too late.</summary>
        public bool Left { get; set; }

        public string End { get; set; } = "";

        public void Hear(int status) => Statuses = Statuses.Length == 0 ? $"{status}" : $"{Statuses} {status}";
    }
}
