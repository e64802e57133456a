using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Bench;

/// <summary>A backend on raw sockets: GET /bytes/N sends N bytes, POST answers with the SHA-256 of what came, anything else gets 100 bytes.</summary>
internal sealed class RawOrigin : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public RawOrigin()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptAsync());
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // Disposed: the end of the benchmark.
        }
    }

    private static async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        using RawHttp http = new(socket);
        try
        {
            while (await http.ReadHeadAsync() is { } head)
            {
                await AnswerAsync(http, head);
            }
        }
        catch (SocketException)
        {
            // A proxy that ends takes its connections with it.
        }
    }

    private static async Task AnswerAsync(RawHttp http, string head)
    {
        string[] line = head.Split("\r\n")[0].Split(' ');
        if (line[0] == "POST")
        {
            string hash = await http.ReadBodyAsync(RawHttp.LengthOf(head), withHash: true);
            await http.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {hash.Length}\r\n\r\n{hash}");
            return;
        }

        bool sized = line[1].StartsWith("/bytes/", StringComparison.Ordinal);
        long length = sized ? long.Parse(line[1]["/bytes/".Length..], CultureInfo.InvariantCulture) : 100;
        await http.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        await http.SendBodyAsync(length);
    }
}
