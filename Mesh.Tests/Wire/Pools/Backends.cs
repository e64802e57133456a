using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Tests.Wire.Http1;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;
using Xunit;

namespace Mesh.Tests.Wire.Pools;

/// <summary>A pool to a listening socket of the test, which accepts and answers by hand.</summary>
internal sealed class Backends : IAsyncDisposable
{
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public Backends(TransportKind kind, int loops, PoolLimits limits, ClientConnectionOptions? options = null)
    {
        _server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _server.Listen();
        Runner = new LoopRunner(kind, loops);
        Pool = new ConnectionPool((IPEndPoint)_server.LocalEndPoint!, new PoolSettings(limits, options ?? new ClientConnectionOptions()));
    }

    public LoopRunner Runner { get; }

    public ConnectionPool Pool { get; }

    public IReadOnlyList<EventLoop> Loops => Runner.Group.Loops;

    /// <summary>Takes an idle connection, or opens one or waits for it, on a loop.</summary>
    public Task<PoolResult> TakeAsync(int loop = 0) => LoopRunner.RunAsync(Loops[loop], () => Pool.TryTake(Loops[loop]) is { } idle
        ? new ValueTask<PoolResult>(new PoolResult(idle, PoolFailure.None, SocketError.Success))
        : Pool.OpenAsync(Loops[loop]));

    public Socket Accept()
    {
        Socket peer = _server.Accept();
        peer.ReceiveTimeout = 20_000;
        return peer;
    }

    /// <summary>One GET over a connection; the peer answers with these bytes. The body as text, or how the head arrived.</summary>
    public static Task<string> ExchangeAsync(IClientExchange connection, Socket peer, string answer) =>
        LoopRunner.RunAsync(connection.Loop, async () =>
        {
            RequestHead head = Http1Kit.Accepted("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            connection.WriteRequest(head, Http1Kit.NoEdits, default);
            await connection.FlushAsync();
            await Task.Run(() => ReadHead(peer));
            await Task.Run(() => peer.Send(Encoding.Latin1.GetBytes(answer)));
            ResponseArrival arrival = await connection.NextHeadAsync(LoopTimer.Never);
            StringBuilder body = new(arrival == ResponseArrival.Head ? "" : arrival.ToString());
            while (arrival == ResponseArrival.Head && !connection.IsBodyRead)
            {
                BodyRead read = await connection.ReadBodyAsync();
                if (read.IsFailure) return read.Status.ToString();
                body.Append(Http1Kit.Text(read.Payload));
            }

            return body.ToString();
        });

    public static Task<bool> ReleaseAsync(IClientExchange connection) => LoopRunner.RunAsync(connection.Loop, () =>
    {
        connection.Release();
        return true;
    });

    public static Task<bool> AbortAsync(IClientExchange connection) => LoopRunner.RunAsync(connection.Loop, () =>
    {
        connection.Abort();
        return true;
    });

    /// <summary>Waits until the pool is as wanted: what a peer does reaches it by way of the loops.</summary>
    public async Task SettleAsync(Func<ConnectionPool, bool> wanted)
    {
        long until = EventLoop.NowNs + 20_000_000_000;
        while (!wanted(Pool))
        {
            Assert.True(EventLoop.NowNs < until, $"open {Pool.Open}, idle {Pool.Idle}, waiting {Pool.Waiting}");
            foreach (EventLoop loop in Loops) await LoopRunner.RunAsync(loop, () => true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Pool.Close(Loops);
        await SettleAsync(pool => pool.Idle == 0);
        await Runner.DisposeAsync();
        _server.Dispose();
    }

    private static void ReadHead(Socket peer)
    {
        string all = "";
        byte[] room = new byte[4096];
        while (!all.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            int count = peer.Receive(room);
            Assert.NotEqual(0, count);
            all += Encoding.Latin1.GetString(room, 0, count);
        }
    }
}
