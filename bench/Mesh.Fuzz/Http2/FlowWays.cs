using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Streams;

namespace Mesh.Fuzz.Http2;

/// <summary>What flows do with a request: echo it mostly; or answer early, late, at length, in a tunnel, not at all.</summary>
internal sealed class FlowWays(Dice dice, Func<ValueTask<bool>> stand)
{
    private const int LongAnswer = 150_000;
    private static readonly HeadEdits s_noEdits = new();
    private static readonly ResponseHead s_ok = Parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nServer: x\r\n\r\n"u8);
    private static readonly ResponseHead s_continue = Parse("HTTP/1.1 100 Continue\r\n\r\n"u8);
    private static readonly ResponseHead s_switch = Parse("HTTP/1.1 101 Switching Protocols\r\n\r\n"u8);
    private static readonly TrailerSection s_trailers = TrailerSection.Of("grpc-status: 0\r\nX-Sum: 1\r\n"u8);

    /// <summary>Streams whose response is their request's body.</summary>
    public HashSet<int> Echoed { get; } = [];

    public async Task ServeAsync(Http2ServerStream exchange)
    {
        int way = dice.Next(10);
        exchange.MayPause = dice.Chance(20);
        if (exchange.Request.OffersUpgrade && way < 8) await TunnelAsync(exchange);
        else if (way == 0) await AnswerAtOnceAsync(exchange, dice.Size(LongAnswer));
        else if (way == 1) exchange.Abort();
        else if (way == 2) await ReadThenAnswerAsync(exchange);
        else
        {
            if (way == 3) await stand();
            if (exchange.Request.ExpectsContinue || way == 5) exchange.WriteInterim(s_continue, s_noEdits);
            await EchoAsync(exchange);
        }
    }

    private static ResponseHead Parse(ReadOnlySpan<byte> text)
    {
        byte[] bytes = text.ToArray();
        ResponseHead head = new();
        int scanned = 0;
        ResponseHeadParser.Parse(bytes, 0, bytes.Length, ref scanned, head, KnownMethod.Get, Http1Limits.Default, out _);
        return head;
    }

    private async Task EchoAsync(Http2ServerStream exchange)
    {
        if (exchange.Request.Method != KnownMethod.Head) Echoed.Add(exchange.Id);
        exchange.WriteHead(s_ok, s_noEdits);
        await PassAsync(exchange, dice.Chance(40) ? s_trailers : null);
    }

    private async Task TunnelAsync(Http2ServerStream exchange)
    {
        Echoed.Add(exchange.Id);
        exchange.WriteUpgrade(s_switch, s_noEdits, "websocket"u8);
        await PassAsync(exchange, null);
    }

    private async Task PassAsync(Http2ServerStream exchange, TrailerSection? trailers)
    {
        while (true)
        {
            BodyRead read = await exchange.ReadBodyAsync();
            if (read.IsFailure || !await exchange.WriteBodyAsync(read, trailers)) return;
            if (read.IsLast) return;
            if (dice.Chance(10)) await stand();
        }
    }

    private static async Task AnswerAtOnceAsync(Http2ServerStream exchange, int length)
    {
        exchange.WriteLocal(200, default, "X-A: b\r\n"u8, new byte[length], close: false);
        await exchange.FlushAsync();
    }

    private async Task ReadThenAnswerAsync(Http2ServerStream exchange)
    {
        if (dice.Chance(60)) exchange.KeepBody(1 + dice.Size(30_000));
        byte[]? first = await ReadAsync(exchange, dice.Chance(50) ? 1 : int.MaxValue);
        if (dice.Chance(20)) exchange.CancelBodyRead();
        if (first is not null && dice.Chance(80) && exchange.CanRewindBody)
        {
            FuzzFaultException.Require(exchange.TryRewindBody(), "a body cannot be read again: though it said so");
            byte[]? again = await ReadAsync(exchange, int.MaxValue);
            FuzzFaultException.Require(again is null || again.AsSpan().StartsWith(first), "a body is another the second time: it was read again");
        }

        await AnswerAtOnceAsync(exchange, dice.Size(2000));
    }

    private static async Task<byte[]?> ReadAsync(Http2ServerStream exchange, int pieces)
    {
        List<byte> body = [];
        for (; pieces > 0; pieces--)
        {
            BodyRead read = await exchange.ReadBodyAsync();
            if (read.IsFailure) return null;
            body.AddRange(read.Payload);
            if (read.IsLast) break;
        }

        return [.. body];
    }
}
