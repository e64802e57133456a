using System.Net;
using System.Net.Sockets;

namespace Mesh.Tests.Kit;

/// <summary>What becomes of the next commit on the way.</summary>
internal enum CommitLoss
{
    None,

    /// <summary>The server never hears of it.</summary>
    Question,

    /// <summary>The server commits, and its answer is lost.</summary>
    Answer,
}

/// <summary>
/// A wire to PostgreSQL that breaks around a commit: the server has it, or never gets it, and the client is not told which. Only for connections
/// without TLS, whose statements can be read.
/// </summary>
internal sealed class CommitRelay : IAsyncDisposable
{
    private static readonly byte[] s_commit = "COMMIT\0"u8.ToArray();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly string _socket;
    private volatile CommitLoss _next;
    private int _losses;

    /// <param name="socket">The server's Unix socket.</param>
    public CommitRelay(string socket)
    {
        _socket = socket;
        _listener.Start();
        _ = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Commits that were hit.</summary>
    public int Losses => Volatile.Read(ref _losses);

    /// <summary>The next commit is hit, those after it pass.</summary>
    public void LoseNext(CommitLoss loss) => _next = loss;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true) _ = Serve(await _listener.AcceptSocketAsync(_end.Token));
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The relay ends.
        }
    }

    private async Task Serve(Socket client)
    {
        using Wire wire = new(this, client);
        await wire.Serve();
    }

    private CommitLoss Take(ReadOnlySpan<byte> question)
    {
        if (_next == CommitLoss.None || question.IndexOf(s_commit) < 0) return CommitLoss.None;
        CommitLoss loss = _next;
        _next = CommitLoss.None;
        Interlocked.Increment(ref _losses);
        return loss;
    }

    private sealed class Wire(CommitRelay relay, Socket client) : IDisposable
    {
        private volatile bool _swallow;

        public async Task Serve()
        {
            using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await server.ConnectAsync(new UnixDomainSocketEndPoint(relay._socket), relay._end.Token);
                await Task.WhenAny(Questions(server), Answers(server)).Unwrap();
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One side is gone.
            }

            client.LingerState = new LingerOption(true, 0);
        }

        public void Dispose()
        {
            client.Dispose();
        }

        private async Task Questions(Socket server)
        {
            byte[] buffer = new byte[64 * 1024];
            while (await client.ReceiveAsync(buffer, relay._end.Token) is > 0 and var count)
            {
                CommitLoss loss = relay.Take(buffer.AsSpan(0, count));
                if (loss == CommitLoss.Question) return;
                _swallow |= loss == CommitLoss.Answer;
                await SendAll(server, buffer.AsMemory(0, count));
            }
        }

        /// <summary>Ends with the answer that is lost: by then the server has committed.</summary>
        private async Task Answers(Socket server)
        {
            byte[] buffer = new byte[64 * 1024];
            while (await server.ReceiveAsync(buffer, relay._end.Token) is > 0 and var count && !_swallow)
                await SendAll(client, buffer.AsMemory(0, count));
        }

        private static async Task SendAll(Socket to, ReadOnlyMemory<byte> bytes)
        {
            for (int sent = 0; sent < bytes.Length;) sent += await to.SendAsync(bytes[sent..]);
        }
    }
}
