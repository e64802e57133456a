using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Mesh.Bench.Resilience;

/// <summary>Non-blocking TCP on 127.0.0.1, by handle.</summary>
internal static class LoopbackSocket
{
    private const int AddressLength = 16;
    private const int Backlog = 4096;

    /// <summary>Listens.</summary>
    public static int Listen(int port)
    {
        int handle = New();
        Libc.SocketAddress address = At(port);
        return Libc.Bind(handle, ref address, AddressLength) == 0 && Libc.Listen(handle, Backlog) == 0 ? handle : throw Failure("listen");
    }

    /// <summary>The next connection, or -1 when none waits.</summary>
    public static int Accept(int listener)
    {
        int handle = Libc.Accept(listener, 0, 0, Libc.NonBlocking | Libc.CloseOnExec);
        if (handle >= 0)
        {
            AtOnce(handle);
        }

        return handle;
    }

    /// <summary>Begins to connect; false when it failed at once.</summary>
    public static bool TryConnect(int port, out int handle)
    {
        handle = New();
        AtOnce(handle);
        Libc.SocketAddress address = At(port);
        return Libc.Connect(handle, ref address, AddressLength) == 0 || Marshal.GetLastPInvokeError() == Libc.InProgress;
    }

    /// <summary>How the connecting went: 0, or an error number.</summary>
    public static int ConnectError(int handle)
    {
        int error = 0;
        int length = sizeof(int);
        return Libc.GetOption(handle, Libc.SocketLevel, Libc.SocketError, ref error, ref length) == 0 ? error : -1;
    }

    /// <summary>Sends a message that is far smaller than a socket's buffer; false when the connection is gone.</summary>
    public static bool TrySend(int handle, ReadOnlySpan<byte> bytes) => Libc.Send(handle, bytes, bytes.Length, Libc.NoSignal) == bytes.Length;

    /// <summary>Bytes received; 0 when nothing has come yet, -1 when the peer closed or the connection broke.</summary>
    public static int Receive(int handle, Span<byte> bytes)
    {
        while (true)
        {
            nint read = Libc.Receive(handle, bytes, bytes.Length, 0);
            if (read > 0) return (int)read;
            if (read == 0) return -1;
            int error = Marshal.GetLastPInvokeError();
            if (error != Libc.Interrupted) return error == Libc.WouldBlock ? 0 : -1;
        }
    }

    public static void Close(int handle) => _ = Libc.Close(handle);

    public static BenchException Failure(string what) => new($"{what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    private static int New()
    {
        int handle = Libc.Socket(Libc.Internet, Libc.Stream | Libc.NonBlocking | Libc.CloseOnExec, 0);
        return handle >= 0 ? handle : throw Failure("socket");
    }

    private static void AtOnce(int handle)
    {
        int yes = 1;
        _ = Libc.SetOption(handle, Libc.TcpLevel, Libc.NoDelay, ref yes, sizeof(int));
    }

    private static Libc.SocketAddress At(int port) => new()
    {
        Family = Libc.Internet,
        Port = BinaryPrimitives.ReverseEndianness((ushort)port),
        Address = BinaryPrimitives.ReverseEndianness(0x7F000001u),
    };
}
