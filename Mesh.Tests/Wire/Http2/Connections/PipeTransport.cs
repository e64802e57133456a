using System.Net;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Tests.Wire.Http2.Connections;

/// <summary>One end of a connection in memory: what it sends lies on the way until the test moves it on, and there is only so much room.</summary>
internal sealed class PipeTransport(EventLoop loop, int capacity) : Transport(loop)
{
    private readonly Queue<byte> _onTheWay = new();
    private readonly Queue<byte> _here = new();
    private bool _ended;
    private bool _wasFull;

    public PipeTransport? Other { get; set; }

    /// <summary>Bytes that it sent and that did not arrive.</summary>
    public int OnTheWay => _onTheWay.Count;

    public override bool PeerEnded => _ended;

    public override bool MayHaveUnread => _here.Count > 0 || _ended;

    public override IPEndPoint? PeerEndPoint => null;

    public override IPEndPoint? LocalEndPoint => null;

    /// <summary>So many of them arrive; then there is room again.</summary>
    public void Move(int bytes)
    {
        for (int i = 0; i < bytes && _onTheWay.Count > 0; i++) Other!._here.Enqueue(_onTheWay.Dequeue());
        if (!Other!.IsClosed) Other.Observer?.OnReadable();
        if (!_wasFull || IsClosed) return;
        _wasFull = false;
        Observer?.OnWritable();
    }

    public override int Receive(Span<byte> buffer)
    {
        if (IsClosed) return Broken;
        if (_here.Count == 0) return _ended ? 0 : WouldBlock;
        int count = Math.Min(buffer.Length, _here.Count);
        for (int i = 0; i < count; i++) buffer[i] = _here.Dequeue();
        return count;
    }

    public override bool HasUnread() => MayHaveUnread;

    public override int Send(ReadOnlySpan<byte> bytes, bool more = false)
    {
        if (IsClosed) return Broken;
        int count = Math.Min(bytes.Length, capacity - _onTheWay.Count);
        _wasFull = count < bytes.Length;
        if (count == 0) return WouldBlock;
        foreach (byte each in bytes[..count]) _onTheWay.Enqueue(each);
        return count;
    }

    public override void ShutdownSend() => Other!._ended = true;

    public override void Close()
    {
        IsClosed = true;
        Observer = null;
        Other!._ended = true;
    }

    public override void Abort() => Close();
}
