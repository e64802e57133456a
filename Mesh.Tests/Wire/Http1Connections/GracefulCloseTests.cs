using System.Net.Sockets;
using System.Text;
using Mesh.Tests.Wire.Loops;
using Mesh.Tests.Wire.Transports;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.Wire.Http1Connections;

/// <summary>The last answer of a connection, over real sockets: unread bytes must not destroy it.</summary>
public sealed class GracefulCloseTests
{
    private const string Answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\nConnection: close\r\n\r\nwhy";

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ClientThatStillSendsItsBody_ReadsTheWholeAnswer(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        TaskCompletionSource closed = new();
        pair.Peer.Send(Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n"));
        await pair.Runner.RunAsync(() => _ = RefuseAsync(new Http1ServerConnection(pair.Transport, Options(closed))));

        await Task.Run(() => pair.Peer.Send(new byte[4_000_000])).WaitAsync(LoopRunner.Patience);

        Assert.Equal(Answer, await ReadToEndAsync(pair.Peer));
        pair.Peer.Shutdown(SocketShutdown.Send);
        await closed.Task.WaitAsync(LoopRunner.Patience);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ClientThatSentAnotherRequest_ReadsTheWholeAnswer(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        TaskCompletionSource closed = new();
        pair.Peer.Send(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
        Http1ServerConnection connection = await pair.Runner.RunAsync(() => new Http1ServerConnection(pair.Transport, Options(closed)));
        Assert.Equal(RequestArrival.Request, await LoopRunner.RunAsync(pair.Runner.First, connection.NextRequestAsync));
        pair.Peer.Send(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
        while (!await pair.Runner.RunAsync(() => pair.Transport.MayHaveUnread)) await Task.Yield();

        await pair.Runner.RunAsync(() => _ = AnswerAsync(connection));

        Assert.Equal(Answer, await ReadToEndAsync(pair.Peer));
        pair.Peer.Shutdown(SocketShutdown.Send);
        await closed.Task.WaitAsync(LoopRunner.Patience);
    }

    private static ServerConnectionOptions Options(TaskCompletionSource closed) => new() { OnClosed = _ => closed.TrySetResult() };

    private static async Task RefuseAsync(Http1ServerConnection connection)
    {
        await connection.NextRequestAsync();
        await AnswerAsync(connection);
    }

    private static async Task AnswerAsync(Http1ServerConnection connection)
    {
        connection.WriteLocal(400, "Bad Request"u8, default, "why"u8, true);
        await connection.FlushAsync();
        connection.CloseGracefully();
    }

    private static Task<string> ReadToEndAsync(Socket peer) => Task.Run(() =>
    {
        StringBuilder all = new();
        byte[] room = new byte[4096];
        for (int count; (count = peer.Receive(room)) > 0;) all.Append(Encoding.Latin1.GetString(room, 0, count));
        return all.ToString();
    }).WaitAsync(LoopRunner.Patience);
}
