using System.Buffers.Text;
using System.Text;

namespace Mesh.Bench.Resilience;

/// <summary>A keep-alive connection of the open-loop client, with one request at a time: reads the response as far as it must.</summary>
internal sealed class ClientConnection(int handle, long token)
{
    /// <summary>Of <see cref="Request"/>: none is under way.</summary>
    public const int NoRequest = -1;

    /// <summary>Bytes of an l5d-err field that tell one reason from another.</summary>
    private const int MaxError = 160;

    private const long UntilClosed = long.MaxValue;

    private readonly byte[] _buffer = new byte[8192];
    private int _filled;
    private long _bodyLeft;

    public int Handle => handle;

    public long Token => token;

    /// <summary>The index of the request under way.</summary>
    public int Request { get; set; } = NoRequest;

    public bool IsConnecting { get; set; } = true;

    public bool IsOpen { get; set; } = true;

    /// <summary>The status of the response whose head is whole; 0 before.</summary>
    public short Status { get; private set; }

    /// <summary>The beginning of the response's l5d-err, where Mesh says why it failed; "" without.</summary>
    public string Error { get; private set; } = "";

    /// <summary>The peer will close behind this response.</summary>
    public bool IsLast { get; private set; }

    /// <summary>The whole response is here.</summary>
    public bool IsComplete => Status != 0 && _bodyLeft == 0;

    /// <summary>The end of the connection is the end of the response.</summary>
    public bool EndsWithConnection => Status != 0 && _bodyLeft == UntilClosed;

    /// <summary>Forgets the last response.</summary>
    public void Begin(int request)
    {
        Request = request;
        (Status, _filled, _bodyLeft) = (0, 0, 0);
    }

    /// <summary>Takes what came; 0 when nothing was left, -1 when the connection ended.</summary>
    public int Receive()
    {
        int read = LoopbackSocket.Receive(handle, _buffer.AsSpan(_filled));
        if (read <= 0) return read;
        if (Status != 0)
        {
            TakeBody(read);
            return read;
        }

        _filled += read;
        ReadOnlySpan<byte> come = _buffer.AsSpan(0, _filled);
        int head = come.IndexOf("\r\n\r\n"u8);
        if (head >= 0)
        {
            ReadHead(come[..(head + 2)]);
            int body = _filled - head - 4;
            _filled = 0;
            TakeBody(body);
        }
        else if (_filled == _buffer.Length)
        {
            throw new BenchException($"a response head of more than {_buffer.Length} bytes");
        }

        return read;
    }

    private void TakeBody(int count)
    {
        if (_bodyLeft != UntilClosed)
        {
            _bodyLeft = Math.Max(0, _bodyLeft - count);
        }
    }

    /// <summary>Status line and fields, each with its line's end.</summary>
    private void ReadHead(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("HTTP/1."u8) || !Utf8Parser.TryParse(head.Slice(9, 3), out short status, out _))
        {
            throw new BenchException($"no response: {Encoding.ASCII.GetString(head)}");
        }

        Status = status;
        IsLast = false;
        Error = "";
        _bodyLeft = UntilClosed;
        for (int line = head.IndexOf("\r\n"u8) + 2; line < head.Length;)
        {
            int end = line + head[line..].IndexOf("\r\n"u8);
            ReadField(head[line..end]);
            line = end + 2;
        }

        IsLast |= _bodyLeft == UntilClosed;
    }

    private void ReadField(ReadOnlySpan<byte> field)
    {
        if (Ascii.EqualsIgnoreCase(field[..Math.Min(field.Length, 15)], "content-length:"u8))
        {
            _ = Utf8Parser.TryParse(field[15..].TrimStart((byte)' '), out _bodyLeft, out _);
        }
        else if (Ascii.EqualsIgnoreCase(field[..Math.Min(field.Length, 8)], "l5d-err:"u8))
        {
            Error = Encoding.ASCII.GetString(field[8..Math.Min(field.Length, MaxError)]).Trim();
        }
        else if (Ascii.EqualsIgnoreCase(field, "connection: close"u8))
        {
            IsLast = true;
        }
        else if (Ascii.EqualsIgnoreCase(field[..Math.Min(field.Length, 18)], "transfer-encoding:"u8))
        {
            throw new BenchException("a chunked response: no model backend sends one");
        }
    }
}
