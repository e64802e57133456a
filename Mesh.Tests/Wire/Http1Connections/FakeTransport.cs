using System.Net;
using System.Text;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Tests.Wire.Http1Connections;

/// <summary>
/// A transport by hand: what arrives is given piece by piece, what leaves is written down, its readiness is told when the test says so.
/// </summary>
internal sealed class FakeTransport(EventLoop loop) : Transport(loop)
{
    private readonly Queue<byte[]> _pieces = new();
    private readonly StringBuilder _sent = new();
    private bool _ended;

    /// <summary>Bytes that the next sends may take; -1: all.</summary>
    public int Room { get; set; } = -1;

    /// <summary>Decides how much each send takes; above <see cref="Room"/>.</summary>
    public Func<int, int>? Takes { get; set; }

    /// <summary>Bytes that looks have copied.</summary>
    public long Peeked { get; private set; }

    public bool IsReset { get; private set; }

    public bool IsAborted { get; private set; }

    public bool HasEnded { get; private set; }

    public string Sent => _sent.ToString();

    public override bool PeerEnded => _ended || IsReset;

    public override bool MayHaveUnread => _ended || IsReset || _pieces.Count > 0;

    public override IPEndPoint? PeerEndPoint => null;

    public override IPEndPoint? LocalEndPoint => null;

    /// <summary>A piece arrives, and is told of. One receive gives one piece at most.</summary>
    public void Deliver(string latin1, bool tell = true) => Deliver(Encoding.Latin1.GetBytes(latin1), tell);

    public void Deliver(byte[] piece, bool tell = true)
    {
        _pieces.Enqueue(piece);
        if (tell) Observer?.OnReadable();
    }

    /// <summary>What was sent since the last time.</summary>
    public byte[] TakeSent()
    {
        byte[] sent = Encoding.Latin1.GetBytes(_sent.ToString());
        _sent.Clear();
        return sent;
    }

    public void End()
    {
        _ended = true;
        Observer?.OnReadable();
    }

    public void Reset()
    {
        IsReset = true;
        Observer?.OnBroken();
        if (!IsClosed) Observer?.OnReadable();
    }

    /// <summary>There is room for so many bytes again (-1: all), and it is told.</summary>
    public void Writable(int room = -1)
    {
        Room = room;
        Observer?.OnWritable();
    }

    public override int Receive(Span<byte> buffer)
    {
        if (IsClosed || (IsReset && _pieces.Count == 0)) return Broken;
        if (!_pieces.TryPeek(out byte[]? piece)) return _ended ? 0 : WouldBlock;
        int count = Math.Min(piece.Length, buffer.Length);
        piece.AsSpan(0, count).CopyTo(buffer);
        _pieces.Dequeue();
        if (count < piece.Length)
        {
            byte[][] rest = [piece[count..], .. _pieces];
            _pieces.Clear();
            foreach (byte[] each in rest) _pieces.Enqueue(each);
        }

        return count;
    }

    public override int Peek(Span<byte> buffer)
    {
        if (IsClosed || (IsReset && _pieces.Count == 0)) return Broken;
        byte[] all = [.. _pieces.SelectMany(static piece => piece)];
        if (all.Length == 0) return _ended ? 0 : WouldBlock;
        int count = Math.Min(all.Length, buffer.Length);
        all.AsSpan(0, count).CopyTo(buffer);
        Peeked += count;
        return count;
    }

    public override bool HasUnread() => MayHaveUnread;

    public override int Send(ReadOnlySpan<byte> bytes, bool more = false)
    {
        if (IsClosed || IsReset) return Broken;
        int count = Takes?.Invoke(bytes.Length) ?? (Room < 0 ? bytes.Length : Math.Min(Room, bytes.Length));
        if (Room > 0) Room -= count;
        if (count == 0 && bytes.Length > 0) return WouldBlock;
        _sent.Append(Encoding.Latin1.GetString(bytes[..count]));
        return count;
    }

    public override void ShutdownSend() => HasEnded = true;

    public override void Close()
    {
        IsClosed = true;
        Observer = null;
    }

    public override void Abort()
    {
        IsAborted |= !IsClosed;
        Close();
    }
}
