using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Mesh.Bench.Resilience;

/// <summary>Sub-command `calls`: sends GETs when they are due, whether or not answers came, and writes down how each one ended.</summary>
/// <remarks>
/// One thread, one epoll, as many keep-alive connections as there are requests under way. Latency counts from when a request was due, so that
/// nothing that delays the client itself is lost (no coordinated omission); how late it was with sending is told besides.
/// </remarks>
internal sealed class OpenLoopClient
{
    /// <summary>Beyond it requests are not sent, and count as that.</summary>
    private const int MaxConnections = 8000;

    private const int MaxReasons = 10;

    /// <summary>From the start of the process to the first request, nanoseconds.</summary>
    private const long LeadTime = 200_000_000;

    private static readonly byte[] Request = Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {ResilienceConfigs.Service}\r\n\r\n");

    private readonly Poller _poller = new();
    private readonly Stack<ClientConnection> _idle = new();
    private readonly Dictionary<int, ClientConnection> _open = [];
    private readonly Dictionary<string, int> _reasons = [];
    private readonly int _port;
    private readonly long _timeout;
    private readonly long _begin;
    private readonly long[] _due;
    private readonly Call[] _calls;
    private readonly double[] _late;
    private readonly ClientConnection?[] _carriers;
    private int _next;
    private int _oldest;
    private int _generation;

    private OpenLoopClient(Options options, long begin)
    {
        _port = options.Number("port", 0);
        _timeout = options.Number("timeoutMs", 1000) * 1_000_000L;
        _begin = begin;
        _due = Phase.Schedule(Phase.Parse(options.Text("phases", "1000:5")));
        _calls = new Call[_due.Length];
        _late = new double[_due.Length];
        _carriers = new ClientConnection?[_due.Length];
    }

    /// <summary>Prints <c>calling from TIME</c>, and <c>called COUNT late p99 US max US</c>; the calls go to a file.</summary>
    public static Task<int> RunAsync(Options options)
    {
        OpenLoopClient client = new(options, Stopwatch.GetTimestamp() + LeadTime);
        Console.WriteLine($"calling from {client._begin}");
        client.Run();
        File.WriteAllBytes(Path.Combine(Layout.Root, options.Text("to", $"{Layout.Work}/calls.bin")), MemoryMarshal.AsBytes(client._calls.AsSpan()));
        foreach ((string reason, int count) in client._reasons)
        {
            Console.WriteLine($"why {count} x {reason}");
        }

        string Late(double q) => Statistics.Quantile(client._late, q).ToString("0", CultureInfo.InvariantCulture);
        Console.WriteLine($"called {client._calls.Length} late p99 {Late(0.99)} max {Late(1)}");
        return Task.FromResult(0);
    }

    private void Run()
    {
        while (true)
        {
            while (_next < _due.Length && _begin + _due[_next] <= Stopwatch.GetTimestamp())
            {
                Send(_next++);
            }

            Expire();
            if (_oldest == _due.Length) return;
            long wake = _next < _due.Length ? _begin + _due[_next] : long.MaxValue;
            int ready = _poller.Wait(_oldest < _next ? Math.Min(wake, Deadline(_oldest)) : wake);
            for (int index = 0; index < ready; index++)
            {
                React(_poller[index]);
            }
        }
    }

    private long Deadline(int request) => _begin + _due[request] + _timeout;

    private void Send(int request)
    {
        _late[request] = (Stopwatch.GetTimestamp() - _begin - _due[request]) / 1e3;
        while (_idle.TryPop(out ClientConnection? idle))
        {
            if (idle.IsOpen && TrySend(idle, request)) return;
            Close(idle);
        }

        if (_open.Count >= MaxConnections)
        {
            End(request, Outcome.NotSent, 0);
        }
        else if (!LoopbackSocket.TryConnect(_port, out int handle))
        {
            LoopbackSocket.Close(handle);
            End(request, Outcome.ConnectFailed, 0);
        }
        else
        {
            ClientConnection opening = new(handle, ((long)++_generation << 32) | (uint)handle);
            opening.Begin(request);
            _carriers[request] = opening;
            _open[handle] = opening;
            _poller.Add(handle, opening.Token);
        }
    }

    /// <summary>False when the peer had closed: then it took nothing, and the request may go elsewhere.</summary>
    private bool TrySend(ClientConnection connection, int request)
    {
        if (!LoopbackSocket.TrySend(connection.Handle, Request)) return false;
        connection.Begin(request);
        _carriers[request] = connection;
        return true;
    }

    /// <summary>Ends the requests whose time is up; they are due in the order of their indices.</summary>
    private void Expire()
    {
        long now = Stopwatch.GetTimestamp();
        for (; _oldest < _next; _oldest++)
        {
            if (_calls[_oldest].Outcome != Outcome.None) continue;
            if (Deadline(_oldest) > now) return;
            ClientConnection carrier = _carriers[_oldest]!;
            End(_oldest, Outcome.TimedOut, carrier.Status);
            Close(carrier);
        }
    }

    private void React(Readiness readiness)
    {
        int handle = (int)(readiness.Token & uint.MaxValue);
        if (!_open.TryGetValue(handle, out ClientConnection? connection) || connection.Token != readiness.Token) return;
        if (connection.IsConnecting && !Connected(connection, readiness)) return;

        while (connection.IsOpen)
        {
            int read = connection.Receive();
            if (read == 0) return;
            if (read < 0 || connection.Request == ClientConnection.NoRequest)
            {
                Broken(connection);
            }
            else if (connection.IsComplete)
            {
                Complete(connection, readiness.IsEnding);
            }
        }
    }

    private bool Connected(ClientConnection connection, Readiness readiness)
    {
        if (readiness is { IsEnding: false, Events: var events } && (events & Libc.EpollOut) == 0) return false;
        connection.IsConnecting = false;
        bool isReady = LoopbackSocket.ConnectError(connection.Handle) == 0;
        if (isReady && LoopbackSocket.TrySend(connection.Handle, Request)) return true;
        End(connection.Request, isReady ? Outcome.BrokenBeforeHead : Outcome.ConnectFailed, 0);
        Close(connection);
        return false;
    }

    private void Complete(ClientConnection connection, bool isEnding)
    {
        End(connection.Request, Outcome.Answered, connection.Status);
        if (connection.Error.Length > 0 && (_reasons.Count < MaxReasons || _reasons.ContainsKey(connection.Error)))
        {
            _reasons[connection.Error] = _reasons.GetValueOrDefault(connection.Error) + 1;
        }

        connection.Request = ClientConnection.NoRequest;
        if (connection.IsLast || isEnding)
        {
            Close(connection);
        }
        else
        {
            _idle.Push(connection);
        }
    }

    private void Broken(ClientConnection connection)
    {
        if (connection.Request != ClientConnection.NoRequest)
        {
            Outcome outcome = connection.EndsWithConnection ? Outcome.Answered
                : connection.Status != 0 ? Outcome.BrokenAfterHead : Outcome.BrokenBeforeHead;
            End(connection.Request, outcome, connection.Status);
        }

        Close(connection);
    }

    private void End(int request, Outcome outcome, short status)
    {
        long latency = Stopwatch.GetTimestamp() - _begin - _due[request];
        _calls[request] = new Call((int)(_due[request] / 1000), (int)(latency / 1000), outcome, status);
        _carriers[request] = null;
    }

    /// <summary>May be called twice: an idle connection that closed stays on the stack until it is popped.</summary>
    private void Close(ClientConnection connection)
    {
        if (!connection.IsOpen) return;
        connection.IsOpen = false;
        _open.Remove(connection.Handle);
        LoopbackSocket.Close(connection.Handle);
    }
}
