using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Tests.EndToEnd;

/// <summary>One end of a TCP connection that speaks HTTP/1 by hand: a test's client, or a test's backend.</summary>
internal sealed class Peer : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket _socket;
    private readonly Stream? _secured;
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    public Peer(Socket socket)
    {
        _socket = socket;
        socket.NoDelay = true;
    }

    /// <param name="socket">Beneath.</param>
    /// <param name="secured">TLS over it, agreed on.</param>
    public Peer(Socket socket, Stream secured)
        : this(socket) => _secured = secured;

    public static async Task<Peer> ConnectAsync(IPEndPoint address)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address).WaitAsync(Patience);
        return new Peer(socket);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_secured is not null) await _secured.WriteAsync(bytes).AsTask().WaitAsync(Patience);
        else while (bytes.Length > 0) bytes = bytes[await _socket.SendAsync(bytes).AsTask().WaitAsync(Patience)..];
    }

    public async Task<Message> AskAsync(string request)
    {
        await SendAsync(request);
        return await ReadResponseAsync(request.StartsWith("HEAD ", StringComparison.Ordinal));
    }

    /// <summary>The next request, or null when the peer has ended before one.</summary>
    public async Task<Message?> TryReadRequestAsync() =>
        await TryReadHeadAsync() is { } head ? await ReadBodyAsync(head, Framing(head, isResponse: false)) : null;

    public async Task<Message> ReadRequestAsync() => await TryReadRequestAsync() ?? throw new EndOfStreamException("the peer ended before a request");

    /// <summary>The next response; 1xx are responses of their own here.</summary>
    public async Task<Message> ReadResponseAsync(bool toHead = false)
    {
        string head = await TryReadHeadAsync() ?? throw new EndOfStreamException("the peer ended before a response");
        int status = new Message(head, [], "", true).Status;
        bool bodiless = toHead || status is 204 or 304 or < 200;
        return await ReadBodyAsync(head, bodiless ? 0 : Framing(head, isResponse: true));
    }

    /// <summary>A head alone, with its empty line; null at the end of the stream.</summary>
    public async Task<string?> TryReadHeadAsync()
    {
        while (true)
        {
            int end = Pending.IndexOf("\r\n\r\n"u8);
            if (end >= 0) return Encoding.Latin1.GetString(Take(end + 4));
            if (await FillAsync() > 0) continue;
            return Pending.Length == 0 ? null : throw new EndOfStreamException($"cut within a head: {Encoding.Latin1.GetString(Pending)}");
        }
    }

    /// <summary>Exactly that many bytes.</summary>
    public async Task<string> ReadAsync(int count)
    {
        byte[] bytes = await ReadUpToAsync(count);
        return bytes.Length == count ? Encoding.Latin1.GetString(bytes) : throw new EndOfStreamException($"{bytes.Length} of {count} bytes");
    }

    /// <summary>That many bytes, or fewer when the stream ends before.</summary>
    public Task<byte[]> ReadBytesAsync(int count) => ReadUpToAsync(count);

    /// <summary>Whatever comes until the peer ends or breaks.</summary>
    public async Task<string> ReadToEndAsync() => Encoding.Latin1.GetString(await ReadUpToAsync(int.MaxValue));

    /// <summary>Reads up to the end and tells whether it was a reset.</summary>
    public async Task<bool> EndsByResetAsync()
    {
        try
        {
            byte[] rest = new byte[4096];
            while (await _socket.ReceiveAsync(rest.AsMemory()).AsTask().WaitAsync(Patience) > 0)
            {
            }

            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose()
    {
        _secured?.Dispose();
        _socket.Dispose();
    }

    private ReadOnlySpan<byte> Pending => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Content length, -1 for chunked, -2 until the end.</summary>
    private static long Framing(string head, bool isResponse)
    {
        Message message = new(head, [], "", true);
        if (message["Transfer-Encoding"] is { } coding && coding.EndsWith("chunked", StringComparison.OrdinalIgnoreCase)) return -1;
        if (message["Content-Length"] is { } length) return long.Parse(length, CultureInfo.InvariantCulture);
        return isResponse ? -2 : 0;
    }

    private async Task<Message> ReadBodyAsync(string head, long framing)
    {
        if (framing == -1) return await ReadChunksAsync(head);
        byte[] body = await ReadUpToAsync(framing == -2 ? int.MaxValue : (int)framing);
        return new Message(head, body, "", framing == -2 || body.Length == framing);
    }

    private async Task<Message> ReadChunksAsync(string head)
    {
        MemoryStream body = new();
        while (await TryReadLineAsync() is { } line)
        {
            int size = int.Parse(line.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0) return await ReadTrailersAsync(head, body);
            byte[] chunk = await ReadUpToAsync(size);
            body.Write(chunk);
            if (chunk.Length < size || await TryReadLineAsync() is null) break;
        }

        return new Message(head, body.ToArray(), "", false);
    }

    private async Task<Message> ReadTrailersAsync(string head, MemoryStream body)
    {
        StringBuilder trailers = new();
        while (await TryReadLineAsync() is { } line)
        {
            if (line.Length == 0) return new Message(head, body.ToArray(), trailers.ToString(), true);
            trailers.Append(line).Append("\r\n");
        }

        return new Message(head, body.ToArray(), trailers.ToString(), false);
    }

    private async Task<string?> TryReadLineAsync()
    {
        while (true)
        {
            int end = Pending.IndexOf("\r\n"u8);
            if (end >= 0) return Encoding.Latin1.GetString(Take(end + 2).AsSpan(0, end));
            if (await FillAsync() <= 0) return null;
        }
    }

    private async Task<byte[]> ReadUpToAsync(int count)
    {
        MemoryStream all = new();
        while (all.Length < count)
        {
            if (Pending.Length == 0 && await FillAsync() <= 0) break;
            all.Write(Take((int)Math.Min(Pending.Length, count - all.Length)));
        }

        return all.ToArray();
    }

    private byte[] Take(int count)
    {
        byte[] taken = _buffer[_start..(_start + count)];
        _start += count;
        if (_start == _end) _start = _end = 0;
        return taken;
    }

    /// <summary>Reads once; 0 at the end of the stream, -1 when it broke.</summary>
    private async Task<int> FillAsync()
    {
        if (_end == _buffer.Length)
        {
            if (_start == 0) Array.Resize(ref _buffer, _buffer.Length * 2);
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        try
        {
            Memory<byte> room = _buffer.AsMemory(_end);
            Task<int> read = _secured is null ? _socket.ReceiveAsync(room).AsTask() : _secured.ReadAsync(room).AsTask();
            int count = await read.WaitAsync(Patience);
            _end += count;
            return count;
        }
        catch (Exception fault) when (fault is SocketException or IOException)
        {
            return -1;
        }
    }
}
