using System.Text;
using Mesh.Fuzz.World;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;

namespace Mesh.Fuzz.Http1;

/// <summary>A client's connection whose client, wire and flow are as chance wants: what arrives is what the pure parser says, and it ends.</summary>
internal sealed class Http1ServerTarget : FuzzTarget
{
    public override string Name => "http1-server";

    public override FuzzCase Make(Dice dice)
    {
        byte[] knobs = dice.Bytes(KnobCount);
        List<byte[]> lines = [];
        Http1Grammar.Requests(lines, dice);
        if (dice.Chance(50)) RequestTarget.Spoil(lines, dice);
        bool silent = dice.Chance(40);
        List<byte[]> parts = [.. lines.Select(line => Script.Deliver(line, silent && dice.Chance(80)))];
        for (int events = dice.Chance(40) ? 1 + dice.Next(6) : 0; events > 0; events--) parts.Insert(dice.Next(parts.Count + 1), Script.Event(dice));
        return new FuzzCase(knobs, [.. parts]);
    }

    public override void Check(FuzzCase made)
    {
        Http1Limits limits = Http1Grammar.Limits(made.Knob(8, 4));
        using Http1ServerStage stage = new(made, limits);
        stage.Play(made.Parts);
        stage.Compare(MessageReader.Requests(stage.Delivered(), limits));
        stage.EndAll();
        stage.JudgeSent();
    }
}

/// <summary>The connection with a flow that echoes, mostly.</summary>
internal sealed class Http1ServerStage : Stage
{
    private static readonly byte[] s_okBytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray();
    private static readonly byte[] s_continueBytes = "HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray();
    private static readonly HeadEdits s_noEdits = new();
    private readonly Http1ServerConnection _connection;
    private readonly Dice _dice;
    private readonly bool _onlyEchoes;
    private readonly List<byte> _delivered = [];
    private readonly List<(string Start, byte[]? Body)> _heard = [];
    private readonly List<byte[]> _answers = [];
    private bool _leftEarly;
    private bool _rejected;
    private bool _isTunnel;

    public Http1ServerStage(FuzzCase made, Http1Limits limits)
    {
        _dice = made.Dice();
        _onlyEchoes = made.Knob(9, 2) == 0;
        _connection = new Http1ServerConnection(Transport, new ServerConnectionOptions { Limits = limits, OnClosed = _ => Closed++ });
        Run(ServeAsync);
    }

    public byte[] Delivered() => [.. _delivered];

    /// <summary>The flow heard what the pure parser reads of the same bytes, as far as it listened.</summary>
    public void Compare(StreamOutcome pure)
    {
        FuzzFaultException.Require(_heard.Count <= pure.Messages.Count + 1, $"more requests than there are: {_heard.Count} of {pure.Messages.Count}");
        for (int i = 0; i < _heard.Count && i < pure.Messages.Count; i++)
        {
            (string start, byte[]? body) = _heard[i];
            string wanted = Start((RequestHead)pure.Messages[i].Head);
            FuzzFaultException.Require(start == wanted, $"another request than was sent: {start}, wanted {wanted}");
            FuzzFaultException.Require(body is null || body.AsSpan().SequenceEqual(pure.Messages[i].Body),
                $"another body than was sent: {Convert.ToHexString(body ?? [])} of {start}, wanted {Convert.ToHexString(pure.Messages[i].Body)}");
        }

        // The last part may not have been told of; then it was not looked at, and nobody can say what is missing.
        if (!IsPlain || _leftEarly || !_onlyEchoes || Transport.Unread > 0) return;
        int whole = _heard.Count(static each => each.Body is not null);
        FuzzFaultException.Require(whole == pure.Messages.Count, $"not all requests were heard: {whole} of {pure.Messages.Count}");
        FuzzFaultException.Require(_rejected == (pure.End == "rejected"),
            $"connection and parser do not agree on a refusal: {_rejected}, {pure.End}");
    }

    /// <summary>What left are the answers, each whole, in their order.</summary>
    public void JudgeSent()
    {
        byte[] sent = Transport.TakeSent();
        if (_isTunnel) return;
        StreamOutcome read = MessageReader.Responses(sent, Http1Grammar.Wide, KnownMethod.Get);
        FuzzFaultException.Require(read.End != "rejected", "its own responses are refused: by the parser");
        Message[] final = [.. read.Messages.Where(static message => !((ResponseHead)message.Head).IsInterim)];
        for (int i = 0; i < final.Length && i < _answers.Count; i++)
            FuzzFaultException.Require(final[i].Body.AsSpan().SequenceEqual(_answers[i]), $"another answer than was given: number {i}");
        bool complete = IsPlain && !_leftEarly && !Transport.IsAborted;
        FuzzFaultException.Require(!complete || final.Length == _answers.Count, $"answers are missing: {final.Length} of {_answers.Count}");
    }

    protected override void Drain() => _connection.Drain();

    protected override void OnDeliver(ReadOnlySpan<byte> bytes) => _delivered.AddRange(bytes);

    private static ResponseHead Head(byte[] bytes)
    {
        ResponseHead head = new();
        int scanned = 0;
        ResponseHeadParser.Parse(bytes, 0, bytes.Length, ref scanned, head, KnownMethod.Get, Http1Limits.Default, out _);
        return head;
    }

    private static string Start(RequestHead head) =>
        $"{Encoding.Latin1.GetString(head.MethodBytes)} {Encoding.Latin1.GetString(head.Target)} {head.Framing} {head.ContentLength}";

    private async Task ServeAsync()
    {
        while (true)
        {
            RequestArrival arrival = await _connection.NextRequestAsync();
            if (arrival == RequestArrival.Closed) break;
            if (arrival == RequestArrival.Rejected)
            {
                _rejected = true;
                FuzzFaultException.Require(_connection.Rejection != RejectReason.None, "a refusal without its reason: of a head");
                _answers.Add("no"u8.ToArray());
                _connection.WriteLocal(400, default, default, "no"u8, close: true);
                await _connection.FlushAsync();
                break;
            }

            if (!await AnswerAsync()) break;
        }

        _connection.CloseGracefully();
    }

    private async Task<bool> AnswerAsync()
    {
        RequestHead request = _connection.Request;
        _heard.Add((Start(request), null));
        int way = _onlyEchoes ? 0 : _dice.Next(8);
        if (way == 1)
        {
            _leftEarly = true;
            _answers.Add([]);
            _connection.WriteLocal(200, "OK"u8, default, default, close: false);
            return await _connection.FlushAsync();
        }

        if (way == 2)
        {
            _leftEarly = true;
            _connection.Abort();
            return false;
        }

        if (way == 3) await Stand();
        if (_connection.AwaitsContinue && _dice.Chance(50)) _connection.WriteInterim(Head(s_continueBytes), s_noEdits);
        bool headless = request.Method == KnownMethod.Head;
        if (way == 4 || headless) return await ReadThenAnswerAsync(headless);
        if (way == 5 && request.OffersUpgrade && request.Framing == BodyFraming.None) return await TunnelAsync();
        return await EchoAsync();
    }

    private async Task<bool> EchoAsync()
    {
        // Who answers before he has asked for the body closes; so does who answers HTTP/1.0 without a length.
        _leftEarly |= _connection.AwaitsContinue || _connection.Request.MinorVersion == 0;
        _connection.WriteHead(Head(s_okBytes), s_noEdits);
        List<byte> body = [];
        int number = _heard.Count - 1;
        while (true)
        {
            BodyRead read = await _connection.ReadBodyAsync();
            if (read.IsFailure)
            {
                // A response that has begun can only break off.
                _leftEarly |= read.Status != BodyStatus.Rejected;
                _rejected |= read.Status == BodyStatus.Rejected;
                _connection.Abort();
                return false;
            }

            body.AddRange(read.Payload);
            if (read.IsLast) _heard[number] = (_heard[number].Start, [.. body]);
            if (read.IsLast) _answers.Add([.. body]);
            if (!await _connection.WriteBodyAsync(read, _connection.Trailers)) return false;
            if (read.IsLast) return true;
        }
    }

    /// <summary>Reads all, and once more if it can: the second time must give the same.</summary>
    private async Task<bool> ReadThenAnswerAsync(bool headless)
    {
        if (_dice.Chance(60)) _connection.KeepBody(1 + _dice.Size(20_000));
        byte[]? body = await ReadAllAsync(_dice.Chance(30) ? 1 : int.MaxValue);
        if (body is not null && _dice.Chance(70) && _connection.CanRewindBody)
        {
            FuzzFaultException.Require(_connection.TryRewindBody(), "a body cannot be read again: though it said so");
            byte[]? again = await ReadAllAsync(int.MaxValue);
            FuzzFaultException.Require(body is null || again is null || again.AsSpan().StartsWith(body),
                "a body is another the second time: it was read again");
            body = again;
        }
        else if (body is not null && !_connection.IsBodyRead)
        {
            body = await ReadAllAsync(int.MaxValue, body);
        }

        if (body is null)
        {
            _leftEarly = true;
            _connection.Abort();
            return false;
        }

        _heard[^1] = (_heard[^1].Start, body);
        if (headless) body = [];
        _answers.Add(body);
        _connection.WriteLocal(200, "OK"u8, default, body, close: false);
        return await _connection.FlushAsync();
    }

    /// <summary>Null: it failed.</summary>
    private async Task<byte[]?> ReadAllAsync(int pieces, byte[]? before = null)
    {
        List<byte> body = [.. before ?? []];
        for (; pieces > 0; pieces--)
        {
            BodyRead read = await _connection.ReadBodyAsync();
            if (read.IsFailure) return null;
            body.AddRange(read.Payload);
            if (read.IsLast) break;
        }

        return [.. body];
    }

    private async Task<bool> TunnelAsync()
    {
        _leftEarly = _isTunnel = true;
        _connection.WriteUpgrade(Head("HTTP/1.1 101 Switching Protocols\r\n\r\n"u8.ToArray()), s_noEdits, "websocket"u8);
        if (!await _connection.FlushAsync()) return false;
        while (true)
        {
            BodyRead read = await _connection.ReadBodyAsync();
            if (read.IsFailure || !await _connection.WriteBodyAsync(read, null)) return false;
            if (read.IsLast) return true;
        }
    }
}
