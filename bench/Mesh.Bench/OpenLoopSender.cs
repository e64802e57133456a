using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Mesh.Bench;

/// <summary>Sub-command `send`: small requests at a fixed rate whether or not answers come; latency counts from when a request was due.</summary>
/// <remarks>
/// Threads take turns, each with its own connection and its own due times, so that a slow answer delays only its own thread, and
/// what it delays is still counted from the due time (no coordinated omission). They sleep to absolute monotonic times: a rounded
/// sleep would show up as latency.
/// </remarks>
internal static partial class OpenLoopSender
{
    private const int Threads = 50;
    private const int MonotonicClock = 1;
    private const int AbsoluteTime = 1;

    /// <summary>Prints <c>sent COUNT p50 US p99 US max US</c> after --seconds, or when the input ends.</summary>
    public static async Task<int> RunAsync(Options options)
    {
        int port = options.Number("port", 0);
        int rate = options.Number("rate", 1000);
        long period = Stopwatch.Frequency * Threads / rate;
        long begin = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 5);
        long end = begin + (options.Number("seconds", 600) * Stopwatch.Frequency);
        using CancellationTokenSource stop = new();
        ConcurrentBag<double> latencies = [];
        Task[] senders =
        [
            .. Enumerable.Range(0, Threads).Select(index => Task.Factory.StartNew(
                () => Send(port, begin + (index * period / Threads), period, end, latencies, stop.Token), TaskCreationOptions.LongRunning)),
        ];
        Console.WriteLine("sending");
        Task all = Task.WhenAll(senders);
        await Task.WhenAny(all, Task.Run(Console.In.ReadToEnd) /* its async twin blocks the caller */);
        await stop.CancelAsync();
        await all;
        string Microseconds(double q) => Statistics.Quantile(latencies, q).ToString("0", CultureInfo.InvariantCulture);
        Console.WriteLine($"sent {latencies.Count} p50 {Microseconds(0.5)} p99 {Microseconds(0.99)} max {Microseconds(1)}");
        return 0;
    }

    private static void Send(int port, long due, long period, long end, ConcurrentBag<double> latencies, CancellationToken stop)
    {
        byte[] request = Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {ConfigWriter.Authority}\r\n\r\n");
        byte[] answer = new byte[4096];
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        for (; due < end && !stop.IsCancellationRequested; due += period)
        {
            SleepUntil(due);
            socket.Send(request);
            ReceiveAnswer(socket, answer);
            latencies.Add(Stopwatch.GetElapsedTime(due).TotalMicroseconds);
        }
    }

    private static void ReceiveAnswer(Socket socket, byte[] answer)
    {
        int length = 0;
        while (true)
        {
            int read = socket.Receive(answer.AsSpan(length));
            length += read;
            int head = answer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (head >= 0 && length >= head + 4 + RawHttp.LengthOf(Encoding.ASCII.GetString(answer, 0, head)))
            {
                return;
            }

            if (read == 0)
            {
                throw new BenchException($"the proxy closed a small request's connection after {length} bytes");
            }
        }
    }

    private static void SleepUntil(long timestamp)
    {
        // On Linux Stopwatch reads CLOCK_MONOTONIC in nanoseconds, the clock that is slept on here.
        TimeSpec until = new(timestamp / 1_000_000_000, timestamp % 1_000_000_000);
        while (ClockNanosleep(MonotonicClock, AbsoluteTime, in until, IntPtr.Zero) != 0)
        {
            // Interrupted by a signal: the time is absolute, so it is only asked again.
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int ClockNanosleep(int clock, int flags, in TimeSpec request, IntPtr remain);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec(long seconds, long nanoseconds)
    {
        public readonly long Seconds = seconds;
        public readonly long Nanoseconds = nanoseconds;
    }
}
