using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.ClusterBench.Live;

/// <summary>One keep-alive connection that asks one thing at a time. Answers have a Content-Length.</summary>
internal sealed class HttpLine : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[16 * 1024];

    private HttpLine(Socket socket) => _socket = socket;

    /// <summary>The last answer said that it was the connection's last.</summary>
    public bool IsOver { get; private set; }

    public static byte[] Get(string host, string path = "/") => Encoding.Latin1.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");

    /// <summary>Null when nobody listens there.</summary>
    public static async Task<HttpLine?> ConnectAsync(int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            return new HttpLine(socket);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <summary>The answer; null when the connection closed before its first byte: then somebody else may be asked.</summary>
    /// <exception cref="IOException">It broke off within the answer.</exception>
    public async Task<(int Status, string Body)?> AskAsync(byte[] request)
    {
        int filled = 0, head = -1, length = 0;
        try
        {
            await _socket.SendAsync(request);
            while (head < 0 || filled < head + length)
            {
                int read = await _socket.ReceiveAsync(_buffer.AsMemory(filled));
                if (read == 0) return filled == 0 ? null : throw new IOException("an answer broke off");
                filled += read;
                if (head >= 0) continue;
                int end = _buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8);
                if (end < 0) continue;
                head = end + 4;
                length = LengthOf(Encoding.Latin1.GetString(_buffer, 0, head));
            }
        }
        catch (SocketException) when (filled == 0)
        {
            return null;
        }
        catch (SocketException broken)
        {
            throw new IOException($"an answer broke off: {broken.SocketErrorCode}", broken);
        }

        int status = (_buffer[9] - '0') * 100 + (_buffer[10] - '0') * 10 + _buffer[11] - '0';
        return (status, Encoding.UTF8.GetString(_buffer, head, length));
    }

    public void Dispose() => _socket.Dispose();

    private int LengthOf(string head)
    {
        int length = 0;
        foreach (string line in head.Split("\r\n"))
        {
            if (line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase)) length = int.Parse(line.AsSpan(15));
            else if (line.Equals("connection: close", StringComparison.OrdinalIgnoreCase)) IsOver = true;
        }

        return head.Length + length <= _buffer.Length ? length : throw new IOException($"an answer of {length} bytes is longer than expected");
    }
}
