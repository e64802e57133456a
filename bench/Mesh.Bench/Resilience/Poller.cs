using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Mesh.Bench.Resilience;

/// <summary>What is ready: <see cref="Libc.EpollIn"/> and its neighbours, and the word that the handle was added with.</summary>
internal readonly record struct Readiness(uint Events, long Token)
{
    /// <summary>The peer closed or the connection broke; bytes may still lie there.</summary>
    public bool IsEnding => (Events & (Libc.EpollPeerClosed | Libc.EpollHangUp | Libc.EpollError)) != 0;
}

/// <summary>Edge-triggered epoll for one thread, which wakes at a given time to the microsecond.</summary>
internal sealed class Poller
{
    private const int Batch = 512;

    // struct epoll_event is packed on x64 only.
    private static readonly int Packing = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int Stride = Packing + sizeof(long);

    private readonly byte[] _events = new byte[Batch * Stride];
    private readonly int _epoll;

    public Poller()
    {
        // Else the kernel rounds every wake-up by 50 us.
        _ = Libc.ProcessControl(Libc.SetTimerSlack, 1, 0, 0, 0);
        _epoll = Libc.EpollCreate(Libc.CloseOnExec);
        if (_epoll < 0) throw LoopbackSocket.Failure("epoll_create1");
    }

    /// <summary>Readiness to read and to write will be told, once a change; closing the handle ends it.</summary>
    public void Add(int handle, long token)
    {
        Span<byte> change = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(change, Libc.EpollIn | Libc.EpollOut | Libc.EpollPeerClosed | Libc.EpollEdge);
        BinaryPrimitives.WriteInt64LittleEndian(change[Packing..], token);
        if (Libc.EpollControl(_epoll, Libc.EpollAdd, handle, change) != 0) throw LoopbackSocket.Failure("epoll_ctl");
    }

    /// <summary>Waits until something is ready or the time has come, and says how much is ready.</summary>
    /// <param name="until">By <see cref="Stopwatch.GetTimestamp"/>, which on Linux counts nanoseconds.</param>
    public int Wait(long until)
    {
        long left = Math.Max(0, until - Stopwatch.GetTimestamp());
        int count = Libc.EpollWait(_epoll, _events, Batch, new Libc.TimeSpec(left), 0);
        return count >= 0 || Marshal.GetLastPInvokeError() == Libc.Interrupted ? Math.Max(0, count) : throw LoopbackSocket.Failure("epoll_pwait2");
    }

    /// <summary>One of those that the last wait found.</summary>
    public Readiness this[int index]
    {
        get
        {
            ReadOnlySpan<byte> at = _events.AsSpan(index * Stride, Stride);
            return new Readiness(BinaryPrimitives.ReadUInt32LittleEndian(at), BinaryPrimitives.ReadInt64LittleEndian(at[Packing..]));
        }
    }
}
