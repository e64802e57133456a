using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mesh.ClusterBench;

/// <summary>Says lines to a <see cref="CommandPort"/>. Any thread.</summary>
internal sealed class CommandClient : IDisposable
{
    private readonly TcpClient _client;
    private readonly StreamWriter _writer;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _asked = new();
    private long _tags;
    private volatile bool _isClosed;

    private CommandClient(TcpClient client)
    {
        _client = client;
        _client.NoDelay = true;
        _writer = new StreamWriter(client.GetStream()) { AutoFlush = true };
        _ = ReadAsync();
    }

    public static async Task<CommandClient> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        return new CommandClient(client);
    }

    /// <summary>The answer; <c>refused ..</c> also when the node is gone or says nothing for so long.</summary>
    public async Task<string> AskAsync(string command, TimeSpan patience)
    {
        string tag = Interlocked.Increment(ref _tags).ToString(CultureInfo.InvariantCulture);
        var asked = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.TryAdd(tag, asked);
        try
        {
            if (_isClosed) return "refused the node is gone";
            await _writing.WaitAsync();
            try
            {
                await _writer.WriteLineAsync($"{tag} {command}");
            }
            finally
            {
                _writing.Release();
            }

            return await asked.Task.WaitAsync(patience);
        }
        catch (Exception fault) when (fault is TimeoutException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            return $"refused the node does not answer: {fault.Message}";
        }
        finally
        {
            _asked.TryRemove(tag, out _);
        }
    }

    public void Dispose()
    {
        _isClosed = true;
        _client.Dispose();
        FailAll();
    }

    private async Task ReadAsync()
    {
        try
        {
            using var reader = new StreamReader(_client.GetStream());
            while (await reader.ReadLineAsync() is { } line)
            {
                int space = line.IndexOf(' ', StringComparison.Ordinal);
                if (space > 0 && _asked.TryGetValue(line[..space], out TaskCompletionSource<string>? asked)) asked.TrySetResult(line[(space + 1)..]);
            }
        }
        catch (Exception end) when (end is IOException or ObjectDisposedException)
        {
            // Gone.
        }

        _isClosed = true;
        FailAll();
    }

    private void FailAll()
    {
        foreach (TaskCompletionSource<string> asked in _asked.Values) asked.TrySetCanceled();
    }
}
