using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Mesh.ClusterBench;

/// <summary>Lines over loopback: <c>TAG COMMAND</c> in, <c>TAG ANSWER</c> out, many at a time, answers in the order in which they come.</summary>
internal sealed class CommandPort : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, bool> _clients = new();
    private readonly Func<string, Task<string>> _run;
    private readonly Task _accepting;

    public CommandPort(Func<string, Task<string>> run)
    {
        _run = run;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        foreach (TcpClient client in _clients.Keys) client.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync();
                _clients.TryAdd(client, true);
                _ = ServeAsync(client);
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        Channel<string> answers = Channel.CreateUnbounded<string>();
        try
        {
            client.NoDelay = true;
            using var reader = new StreamReader(client.GetStream());
            await using var writer = new StreamWriter(client.GetStream());
            Task writing = WriteAsync(writer, answers.Reader);
            while (await reader.ReadLineAsync() is { } line) _ = AnswerAsync(line, answers.Writer);
            answers.Writer.TryComplete();
            await writing;
        }
        catch (Exception end) when (end is IOException or ObjectDisposedException)
        {
            // Whoever asked is gone.
        }
        finally
        {
            answers.Writer.TryComplete();
            _clients.TryRemove(client, out _);
            client.Dispose();
        }
    }

    private async Task AnswerAsync(string line, ChannelWriter<string> answers)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        if (space > 0) answers.TryWrite($"{line[..space]} {await _run(line[(space + 1)..])}");
    }

    private static async Task WriteAsync(StreamWriter writer, ChannelReader<string> answers)
    {
        while (await answers.WaitToReadAsync())
        {
            while (answers.TryRead(out string? answer)) await writer.WriteLineAsync(answer);
            await writer.FlushAsync();
        }
    }
}
