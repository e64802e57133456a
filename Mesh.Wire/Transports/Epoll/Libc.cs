using System.Runtime.InteropServices;

namespace Mesh.Wire.Transports.Epoll;

/// <summary>The Linux calls of the epoll loop, with the kernel's own names; the numbers are those of the generic ABI (x86-64, arm64).</summary>
/// <remarks>
/// No SuppressGCTransition: a send over loopback runs the receiver's side of the stack inside the call and can take many microseconds,
/// during which a collection would have to wait.
/// </remarks>
internal static unsafe partial class Libc
{
    public const int EPOLL_CLOEXEC = 0x80000;
    public const int EPOLL_CTL_ADD = 1;
    public const int EPOLL_CTL_DEL = 2;
    public const int EPOLL_CTL_MOD = 3;
    public const uint EPOLLIN = 0x1;
    public const uint EPOLLOUT = 0x4;
    public const uint EPOLLERR = 0x8;
    public const uint EPOLLHUP = 0x10;
    public const uint EPOLLRDHUP = 0x2000;
    public const uint EPOLLET = 0x80000000;
    public const int EFD_NONBLOCK = 0x800;
    public const int EFD_CLOEXEC = 0x80000;
    public const int SOCK_STREAM = 1;
    public const int SOCK_NONBLOCK = 0x800;
    public const int SOCK_CLOEXEC = 0x80000;
    public const int MSG_PEEK = 0x2;
    public const int MSG_DONTWAIT = 0x40;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int MSG_MORE = 0x8000;
    public const int SHUT_WR = 1;
    public const int SOL_SOCKET = 1;
    public const int SO_ERROR = 4;
    public const int SO_LINGER = 13;
    public const int SO_KEEPALIVE = 9;
    public const int IPPROTO_TCP = 6;
    public const int TCP_NODELAY = 1;
    public const int TCP_KEEPIDLE = 4;
    public const int TCP_KEEPINTVL = 5;
    public const int TCP_KEEPCNT = 6;
    public const int TCP_USER_TIMEOUT = 18;
    public const int RLIMIT_NOFILE = 7;
    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int ENFILE = 23;
    public const int EMFILE = 24;
    public const int ENOBUFS = 105;
    public const int ENOMEM = 12;
    public const int EINPROGRESS = 115;

    public static int Errno => Marshal.GetLastPInvokeError();

    [LibraryImport("libc", SetLastError = true)] public static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)] public static partial int epoll_wait(int epfd, EpollEvent* events, int maxEvents, int timeoutMs);

    [LibraryImport("libc", SetLastError = true)] public static partial int epoll_ctl(int epfd, int op, int fd, void* ev);

    [LibraryImport("libc", SetLastError = true)] public static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)] public static partial nint read(int fd, void* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)] public static partial nint write(int fd, void* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)] public static partial nint recv(int fd, void* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)] public static partial nint send(int fd, void* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)] public static partial int accept4(int fd, void* address, void* length, int flags);

    [LibraryImport("libc", SetLastError = true)] public static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)] public static partial int connect(int fd, void* address, int length);

    [LibraryImport("libc", SetLastError = true)] public static partial int shutdown(int fd, int how);

    [LibraryImport("libc", SetLastError = true)] public static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)] public static partial int getrlimit(int resource, ulong* softAndHard);

    [LibraryImport("libc", SetLastError = true)] public static partial int getsockopt(int fd, int level, int option, void* value, int* length);

    [LibraryImport("libc", SetLastError = true)] public static partial int setsockopt(int fd, int level, int option, void* value, int length);

    [LibraryImport("libc", SetLastError = true)] public static partial int getpeername(int fd, void* address, int* length);

    [LibraryImport("libc", SetLastError = true)] public static partial int getsockname(int fd, void* address, int* length);
}

/// <summary>struct epoll_event, its data a file descriptor. The kernel packs it on x86-64 only.</summary>
/// <remarks>Both layouts are written and read through <see cref="EpollEvents"/>, which knows the stride of this machine.</remarks>
internal readonly struct EpollEvent
{
}

/// <summary>An array of struct epoll_event in the layout of this machine: 12 bytes each on x86-64, 16 elsewhere.</summary>
internal static unsafe class EpollEvents
{
    public static readonly int Stride = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 12 : 16;
    private static readonly int s_dataOffset = Stride - 8;

    public static uint Mask(byte* events, int index) => *(uint*)(events + index * Stride);

    public static int Descriptor(byte* events, int index) => *(int*)(events + index * Stride + s_dataOffset);

    /// <summary>Writes one event into room of 16 bytes.</summary>
    public static void Write(byte* room, uint mask, int descriptor)
    {
        *(uint*)room = mask;
        *(long*)(room + s_dataOffset) = descriptor;
    }
}
