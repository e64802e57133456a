using Mesh.Tests.Kit;
using Mesh.Tests.Wire.Http1;
using Mesh.Tests.Wire.Http1Connections;
using Mesh.Tests.Wire.Http2.Heads;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Streams;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Connections;

/// <summary>Our client and our server, one exchange after the other, with bodies both ways.</summary>
public sealed class Http2AllocationTests : IStreamOwner
{
    private const int Rounds = 1000;

    private static readonly RequestHead s_request = HeadKit.ParseRequest(
        "POST /orders?id=1 HTTP/1.1\r\nHost: shop\r\nUser-Agent: test\r\nAccept: */*\r\nTransfer-Encoding: chunked\r\n\r\n");

    private static readonly ResponseHead s_response = HeadKit.ParseResponse(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
    private static readonly byte[] s_body = Http1Kit.Bytes("hello");

    [Fact]
    public void Exchanges_AllocateNothing_OnceWarm()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        using ManualLoop loop = new();
        PipeTransport up = new(loop, 1 << 20);
        PipeTransport down = new(loop, 1 << 20) { Other = up };
        up.Other = down;
        Http2ServerConnection server = new(
            down, Http2Options.Default, Http1Limits.Default, static exchange => _ = ServeAsync(exchange), static _ => { });
        Http2ClientConnection client = new(up, Http2Options.Default, new ClientConnectionOptions(), this);
        server.Start();
        client.Start();
        int served = 0;

        void Round()
        {
            Http2ClientStream stream = client.TryTake()!;
            stream.WriteRequest(s_request, Http1Kit.NoEdits, default);
            stream.AppendBody(new BodyRead(s_body, 0, s_body.Length, BodyStatus.Last, false), null);
            stream.FlushAsync().Now();
            ValueTask<ResponseArrival> head = stream.NextHeadAsync(LoopTimer.Never);
            for (int i = 0; i < 2; i++)
            {
                loop.Settle();
                up.Move(int.MaxValue);
                loop.Settle();
                down.Move(int.MaxValue);
            }

            if (head.Now() == ResponseArrival.Head && stream.TryReadBody(out BodyRead read) && read is { IsLast: true, Count: 5 }) served++;
            stream.Release();
        }

        for (int i = 0; i < 3000; i++) Round();
        served = 0;
        long allocated = Allocated.Least(() =>
        {
            for (int i = 0; i < Rounds; i++) Round();
        });

        Assert.True(served >= Rounds);
        Assert.InRange(allocated, 0, Rounds / 10);
    }

    void IStreamOwner.OnFree(Http2ClientConnection connection)
    {
    }

    void IStreamOwner.OnRoom()
    {
    }

    void IStreamOwner.OnLeaving(Http2ClientConnection connection)
    {
    }

    void IStreamOwner.OnClosed(Http2ClientConnection connection)
    {
    }

    private static async Task ServeAsync(IServerExchange exchange)
    {
        while (await exchange.NextRequestAsync() == RequestArrival.Request)
        {
            BodyRead read;
            do read = await exchange.ReadBodyAsync();
            while (!read.IsLast);
            exchange.WriteHead(s_response, Http1Kit.NoEdits);
            await exchange.WriteBodyAsync(new BodyRead(s_body, 0, s_body.Length, BodyStatus.Last, false), null);
        }

        exchange.CloseGracefully();
    }
}
