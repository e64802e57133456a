using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.ClusterBench.Live;

/// <summary>An app on loopback that answers everything with 200 and one text. It takes requests without bodies.</summary>
internal sealed class TextOrigin : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _answer;

    public TextOrigin(string text)
    {
        _answer = Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {text.Length}\r\n\r\n{text}");
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptAsync());
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Socket peer)
    {
        using Socket mine = peer;
        mine.NoDelay = true;
        var buffer = new byte[8 * 1024];
        int filled = 0;
        try
        {
            while (true)
            {
                int end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8);
                if (end >= 0)
                {
                    buffer.AsSpan(end + 4, filled - end - 4).CopyTo(buffer);
                    filled -= end + 4;
                    await mine.SendAsync(_answer);
                    continue;
                }

                int read = await mine.ReceiveAsync(buffer.AsMemory(filled));
                if (read == 0) return;
                filled += read;
            }
        }
        catch (SocketException)
        {
        }
    }
}
