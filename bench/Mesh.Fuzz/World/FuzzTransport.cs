using System.Net;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Fuzz.World;

/// <summary>A transport whose peer is the case: what arrives comes in its pieces, what leaves is written down, as far as there is room.</summary>
internal sealed class FuzzTransport(EventLoop loop) : Transport(loop)
{
    private readonly Queue<byte[]> _pieces = new();
    private readonly List<byte> _sent = [];
    private int _taken;
    private bool _ended;
    private bool _wasFull;

    /// <summary>Bytes that may be sent before there is no room; -1: any.</summary>
    public int Room { get; private set; } = -1;

    public bool IsReset { get; private set; }

    public bool IsAborted { get; private set; }

    /// <summary>A FIN was sent.</summary>
    public bool HasShutdown { get; private set; }

    /// <summary>Bytes that nobody has received.</summary>
    public int Unread => _pieces.Sum(static piece => piece.Length) - _taken;

    public override bool PeerEnded => _ended || IsReset;

    public override bool MayHaveUnread => _ended || IsReset || _pieces.Count > 0;

    public override IPEndPoint? PeerEndPoint => null;

    public override IPEndPoint? LocalEndPoint => null;

    /// <summary>A piece arrives; one receive gives one piece at most.</summary>
    public void Deliver(byte[] piece, bool tells = true)
    {
        if (piece.Length > 0) _pieces.Enqueue(piece);
        if (tells) Observer?.OnReadable();
    }

    /// <summary>The peer's FIN.</summary>
    public void End()
    {
        _ended = true;
        Observer?.OnReadable();
    }

    public void Reset()
    {
        if (IsClosed) return;
        IsReset = true;
        Observer?.OnBroken();
        if (!IsClosed) Observer?.OnReadable();
    }

    /// <summary>There is room for so many bytes from now on.</summary>
    public void GiveRoom(int bytes)
    {
        Room = bytes;
        if (!_wasFull || bytes == 0 || IsClosed) return;
        _wasFull = false;
        Observer?.OnWritable();
    }

    /// <summary>What was sent since the last time.</summary>
    public byte[] TakeSent()
    {
        byte[] sent = [.. _sent];
        _sent.Clear();
        return sent;
    }

    public override int Receive(Span<byte> buffer)
    {
        if (IsClosed || (IsReset && _pieces.Count == 0)) return Broken;
        if (!_pieces.TryPeek(out byte[]? piece)) return _ended ? 0 : WouldBlock;
        int count = Math.Min(piece.Length - _taken, buffer.Length);
        piece.AsSpan(_taken, count).CopyTo(buffer);
        _taken += count;
        if (_taken < piece.Length) return count;
        _pieces.Dequeue();
        _taken = 0;
        return count;
    }

    public override int Peek(Span<byte> buffer)
    {
        if (IsClosed || (IsReset && _pieces.Count == 0)) return Broken;
        if (_pieces.Count == 0) return _ended ? 0 : WouldBlock;
        int count = 0;
        foreach (byte each in _pieces.SelectMany(static piece => piece).Skip(_taken).Take(buffer.Length)) buffer[count++] = each;
        return count;
    }

    public override bool HasUnread() => MayHaveUnread;

    public override int Send(ReadOnlySpan<byte> bytes, bool more = false)
    {
        if (IsClosed || IsReset) return Broken;
        FuzzFaultException.Require(!HasShutdown || bytes.IsEmpty, "sends after its FIN");
        int count = Room < 0 ? bytes.Length : Math.Min(Room, bytes.Length);
        if (Room > 0) Room -= count;
        _wasFull = count < bytes.Length;
        if (_wasFull && count == 0) return WouldBlock;
        foreach (byte each in bytes[..count]) _sent.Add(each);
        return count;
    }

    public override void ShutdownSend() => HasShutdown = true;

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
