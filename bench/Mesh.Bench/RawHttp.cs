using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Mesh.Bench;

/// <summary>HTTP/1.1 over one raw socket, only what the benchmarks send: a head, a Content-Length, a body.</summary>
internal sealed class RawHttp(Socket socket) : IDisposable
{
    private const int MaxHead = 16 << 10;

    private readonly byte[] _buffer = new byte[256 << 10];
    private int _start;
    private int _end;

    /// <summary>Bytes that every body is cut from, over and over; seeded, not compressible.</summary>
    public static byte[] Pattern { get; } = MakePattern();

    public static async Task<RawHttp> ConnectAsync(int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new RawHttp(socket);
    }

    /// <summary>The hash that a body of this length has.</summary>
    public static string HashOf(long length)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long left = length; left > 0; left -= Pattern.Length)
        {
            hash.AppendData(Pattern.AsSpan(0, (int)Math.Min(left, Pattern.Length)));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    public Task SendAsync(string text) => SendAllAsync(Encoding.ASCII.GetBytes(text));

    public Task SendBytesAsync(byte[] bytes) => SendAllAsync(bytes);

    /// <summary>Exactly so many bytes.</summary>
    public async Task<byte[]> ReadBytesAsync(int count)
    {
        byte[] bytes = new byte[count];
        for (int taken = 0; taken < count;)
        {
            if (_start == _end && !await FillAsync()) throw new BenchException("the peer closed within a frame");
            int part = Math.Min(count - taken, _end - _start);
            _buffer.AsSpan(_start, part).CopyTo(bytes.AsSpan(taken));
            _start += part;
            taken += part;
        }

        return bytes;
    }

    public async Task SendBodyAsync(long length)
    {
        for (long left = length; left > 0; left -= Pattern.Length)
        {
            await SendAllAsync(Pattern.AsMemory(0, (int)Math.Min(left, Pattern.Length)));
        }
    }

    /// <summary>The next head without its empty line; null when the peer closed before one.</summary>
    public async Task<string?> ReadHeadAsync()
    {
        while (true)
        {
            int at = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8);
            if (at >= 0)
            {
                string head = Encoding.ASCII.GetString(_buffer, _start, at);
                _start += at + 4;
                return head;
            }

            if (_end - _start > MaxHead)
            {
                throw new BenchException("the peer sent a head of more than 16 KiB");
            }

            if (!await FillAsync())
            {
                return null;
            }
        }
    }

    /// <summary>Content-Length of a head; 0 without.</summary>
    public static long LengthOf(string head)
    {
        string? line = head.Split("\r\n").FirstOrDefault(each => each.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : long.Parse(line["content-length:".Length..], CultureInfo.InvariantCulture);
    }

    /// <summary>Reads a body to its end; its SHA-256 in hex when asked for, else "".</summary>
    public async Task<string> ReadBodyAsync(long length, bool withHash)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long left = length; left > 0;)
        {
            if (_start == _end && !await FillAsync())
            {
                throw new BenchException($"the body ended {left} bytes early");
            }

            int part = (int)Math.Min(left, _end - _start);
            if (withHash)
            {
                hash.AppendData(_buffer.AsSpan(_start, part));
            }

            _start += part;
            left -= part;
        }

        return withHash ? Convert.ToHexString(hash.GetHashAndReset()) : "";
    }

    /// <summary>Reads a short body as text.</summary>
    public async Task<string> ReadTextAsync(long length)
    {
        StringBuilder text = new();
        while (text.Length < length)
        {
            if (_start == _end && !await FillAsync())
            {
                throw new BenchException("a short body ended early");
            }

            int part = (int)Math.Min(length - text.Length, _end - _start);
            text.Append(Encoding.ASCII.GetString(_buffer, _start, part));
            _start += part;
        }

        return text.ToString();
    }

    public void Dispose() => socket.Dispose();

    private async Task<bool> FillAsync()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        int read = await socket.ReceiveAsync(_buffer.AsMemory(_end));
        _end += read;
        return read > 0;
    }

    private async Task SendAllAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }

    private static byte[] MakePattern()
    {
        byte[] bytes = new byte[256 << 10];
        new Random(20260101).NextBytes(bytes);
        return bytes;
    }
}
