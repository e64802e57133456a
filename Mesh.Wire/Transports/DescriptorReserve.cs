using System.Net.Sockets;
using Mesh.Wire.Transports.Epoll;

namespace Mesh.Wire.Transports;

/// <summary>
/// The last file descriptors of the process, which traffic leaves alone. The runtime needs one to start a thread and ends the process when it
/// gets none; files of addresses and the admin port need theirs to tell what is wrong.
/// </summary>
/// <remarks>
/// The system gives the lowest number that is free, so a number says how many are taken. Clients stop first, then connections to backends: whoever
/// was accepted shall be served. From any thread.
/// </remarks>
internal sealed class DescriptorReserve(long limit)
{
    /// <summary>Descriptors below the limit at which accepting pauses; an eighth of the limit where that is less.</summary>
    public const int MaxKept = 128;

    private long _acceptBelow = limit - Kept(limit);

    /// <summary>That of this process; systems without such a limit keep nothing back.</summary>
    public static DescriptorReserve OfProcess { get; } = new(Limit());

    /// <summary>Whether this descriptor of a client is one that should have stayed free.</summary>
    public bool IsReached(long descriptor) => descriptor >= Volatile.Read(ref _acceptBelow);

    /// <summary>Whether this descriptor of a connection to a backend is out of the reserve's second half.</summary>
    public bool IsSpent(long descriptor) => descriptor >= limit - Kept(limit) / 2;

    /// <summary>Whether the next client would be one too many. Opens and closes a socket: cold.</summary>
    public bool IsReachedNow()
    {
        try
        {
            using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            return IsReached(probe.Handle);
        }
        catch (SocketException)
        {
            return true;
        }
    }

    /// <summary>Another line for clients, for tests.</summary>
    internal void AcceptBelow(long descriptor) => Volatile.Write(ref _acceptBelow, descriptor);

    internal static long Kept(long limit) => Math.Min(MaxKept, limit / 8);

    private static unsafe long Limit()
    {
        if (!OperatingSystem.IsLinux()) return long.MaxValue;
        ulong* soft = stackalloc ulong[2];
        return Libc.getrlimit(Libc.RLIMIT_NOFILE, soft) == 0 ? (long)Math.Min(soft[0], long.MaxValue) : long.MaxValue;
    }
}
