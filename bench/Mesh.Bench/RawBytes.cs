using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Mesh.Wire.Loops;
using Mesh.Wire.Opaque;
using Mesh.Wire.Transports;

namespace Mesh.Bench;

/// <summary>The ends of bytes that nobody reads, and the shortest way between them, as processes of their own.</summary>
internal static class RawBytes
{
    /// <summary>What one call of an end carries: more than any proxy's buffer.</summary>
    private const int PieceBytes = 256 * 1024;

    /// <summary>Sub-command `sink`: takes what comes and answers with one byte behind the end; until its input ends.</summary>
    public static async Task<int> SinkAsync(Options options)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(512);
        Console.WriteLine($"sink on {((IPEndPoint)listener.LocalEndPoint!).Port}");
        new Thread(() => Accept(listener)) { IsBackground = true }.Start();
        await Console.In.ReadToEndAsync();
        return 0;
    }

    /// <summary>Sub-command `pour`: so many megabytes over so many connections, and how long it took until all were there.</summary>
    public static Task<int> PourAsync(Options options)
    {
        int connections = options.Number("connections", 1);
        long each = ((long)options.Number("megabytes", 4096) << 20) / connections;
        int port = options.Number("port", 0);
        long start = Stopwatch.GetTimestamp();
        Thread[] threads = [.. Enumerable.Range(0, connections).Select(_ => new Thread(() => Pour(port, each)))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Console.WriteLine($"poured {(each * connections) >> 20} MB in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.000} s");
        return Task.FromResult(0);
    }

    /// <summary>Sub-command `splice`: the splice alone, without router: what a proxy costs beside it is the router's.</summary>
    public static async Task<int> SpliceAsync(Options options)
    {
        IPEndPoint backend = new(IPAddress.Loopback, options.Number("backend", 0));
        await using LoopGroup loops = new(1, TransportKind.Auto, 1, static bug => Console.Error.WriteLine(bug));
        loops.Start();
        Listener listener = loops.Listen(new IPEndPoint(IPAddress.Loopback, options.Number("port", 0)), new ListenerOptions(), async client =>
        {
            ConnectResult server = await client.Loop.ConnectAsync(backend, 1_000_000_000);
            if (server.Transport is null) client.Abort();
            else await new Splice(client, server.Transport, new SpliceSettings()).RunAsync();
        });
        await Console.In.ReadToEndAsync();
        listener.Close();
        return 0;
    }

    private static void Accept(Socket listener)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = listener.Accept();
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                return;
            }

            new Thread(() => Drink(socket)) { IsBackground = true }.Start();
        }
    }

    private static void Drink(Socket socket)
    {
        byte[] room = new byte[PieceBytes];
        try
        {
            while (socket.Receive(room) > 0)
            {
            }

            socket.Send("."u8);
        }
        catch (SocketException)
        {
            // A proxy that was only asked whether it listens, or that ends.
        }

        socket.Dispose();
    }

    private static void Pour(int port, long length)
    {
        byte[] piece = new byte[PieceBytes];
        Random.Shared.NextBytes(piece);
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, port);
        for (long left = length; left > 0;) left -= socket.Send(piece.AsSpan(0, (int)Math.Min(left, piece.Length)));
        socket.Shutdown(SocketShutdown.Send);
        if (socket.Receive(piece) != 1) throw new BenchException("the other end did not take all");
    }
}
