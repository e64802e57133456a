using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Tests.EndToEnd;

/// <summary>A backend whose every connection follows the test's script; what it was asked is kept.</summary>
internal sealed class Origin : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<Peer, int, Task> _script;
    private readonly ConcurrentBag<Peer> _peers = [];
    private readonly ConcurrentQueue<Message> _requests = new();
    private readonly Task _accepting;
    private int _connections;

    private Origin(Func<Peer, int, Task> script, int port)
    {
        _script = script;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen();
        Address = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    public IPEndPoint Address { get; }

    public int Port => Address.Port;

    /// <summary>Connections accepted so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Requests noted by <see cref="Answering"/>, in order.</summary>
    public IReadOnlyList<Message> Requests => [.. _requests];

    /// <summary>Runs a script for each connection, which ends with it: the peer, and the connection's number from 1.</summary>
    public static Origin Scripted(Func<Peer, int, Task> script, int port = 0) => new(script, port);

    /// <summary>The same for scripts that do not care which connection it is.</summary>
    public static Origin Scripted(Func<Peer, Task> script) => new((peer, _) => script(peer), 0);

    /// <summary>Reads requests one after the other and answers each with the given text.</summary>
    public static Origin Answering(Func<Message, string> answer, int port = 0)
    {
        Origin? self = null;
        return self = new Origin((peer, _) => self!.AnswerAsync(peer, answer), port);
    }

    /// <summary>Answers everything with 200 and this body.</summary>
    public static Origin Saying(string body, int port = 0) => Answering(_ => Ok(body), port);

    public static string Ok(string body, string fields = "") => $"HTTP/1.1 200 OK\r\n{fields}Content-Length: {body.Length}\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (Peer peer in _peers) peer.Dispose();
    }

    private async Task AnswerAsync(Peer peer, Func<Message, string> answer)
    {
        while (await peer.TryReadRequestAsync() is { } request)
        {
            _requests.Enqueue(request);
            await peer.SendAsync(answer(request));
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Peer peer = new(await _listener.AcceptAsync());
                _peers.Add(peer);
                _ = RunAsync(peer, Interlocked.Increment(ref _connections));
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task RunAsync(Peer peer, int number)
    {
        try
        {
            using (peer) await _script(peer, number);
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException or EndOfStreamException or TimeoutException)
        {
            // The node hung up on the script, as some tests want.
        }
    }
}
