using System.Diagnostics;

namespace Mesh.Bench.Resilience;

/// <summary>Sub-command `pods`: model backends, all on one thread. They answer any GET with 100 bytes, as their mode says.</summary>
/// <remarks>
/// A line each on the input: <c>count ID</c> prints <c>count ID</c> and how many requests each pod saw; <c>set ID POD MODE</c> changes a pod and
/// prints <c>set ID</c>. The end of the input ends the process.
/// </remarks>
internal sealed class PodServer
{
    /// <summary>Nanoseconds; how long nothing happens at most.</summary>
    private const long Idle = 100_000_000;

    private readonly Poller _poller = new();
    private readonly PriorityQueue<PodConnection, long> _work = new();
    private readonly Dictionary<int, Pod> _listeners = [];
    private readonly Dictionary<int, PodConnection> _connections = [];
    private readonly Pod[] _pods;

    private PodServer(IEnumerable<PodMode> modes) => _pods = [.. modes.Select(NewPod)];

    /// <summary>Prints <c>pods on PORT PORT ..</c>, and serves.</summary>
    public static Task<int> RunAsync(Options options)
    {
        PodServer server = new(options.Names("modes", "20:200:0").Select(PodMode.Parse));
        new Thread(server.Obey) { IsBackground = true }.Start();
        Console.WriteLine($"pods on {string.Join(' ', server._pods.Select(pod => pod.Port))}");
        server.Serve();
        return Task.FromResult(0);
    }

    private Pod NewPod(PodMode mode)
    {
        // Not one that the kernel chooses: who connects to a killed pod must not be given its port for itself, and so be connected to itself.
        int port = Layout.FreePort();
        int listener = LoopbackSocket.Listen(port);
        Pod pod = new(listener, port, mode);
        _listeners[listener] = pod;
        _poller.Add(listener, listener);
        return pod;
    }

    private void Obey()
    {
        while (Console.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            if (words[0] == "count")
            {
                Console.WriteLine($"count {words[1]} {string.Join(' ', _pods.Select(pod => pod.Seen))}");
                continue;
            }

            _pods[int.Parse(words[2], System.Globalization.CultureInfo.InvariantCulture)].Mode = PodMode.Parse(words[3]);
            Console.WriteLine($"set {words[1]}");
        }

        Environment.Exit(0);
    }

    private void Serve()
    {
        while (true)
        {
            long now = Stopwatch.GetTimestamp();
            while (_work.TryPeek(out PodConnection? done, out long due) && due <= now)
            {
                _work.Dequeue();
                Finish(done);
                if (!done.IsClosed) Read(done);
            }

            int ready = _poller.Wait(_work.TryPeek(out _, out long next) ? Math.Min(next, now + Idle) : now + Idle);
            for (int index = 0; index < ready; index++)
            {
                React(_poller[index]);
            }
        }
    }

    private void React(Readiness readiness)
    {
        int handle = (int)readiness.Token;
        if (_listeners.TryGetValue(handle, out Pod? listening))
        {
            Accept(listening);
        }
        else if (_connections.TryGetValue(handle, out PodConnection? connection))
        {
            if (!connection.IsBusy)
            {
                Read(connection);
            }
            else if (readiness.IsEnding)
            {
                // Its request stays where it is: whoever gave up does not take the work back.
                Close(connection);
            }
        }
    }

    private void Accept(Pod pod)
    {
        while (LoopbackSocket.Accept(pod.Listener) is var handle && handle >= 0)
        {
            _connections[handle] = new PodConnection(handle, pod);
            _poller.Add(handle, handle);
        }
    }

    private void Read(PodConnection connection)
    {
        while (!connection.IsBusy)
        {
            int read = LoopbackSocket.Receive(connection.Handle, connection.Buffer.AsSpan(connection.Filled));
            if (read == 0) return;
            connection.Filled += read;
            if (read < 0 || connection.Filled == connection.Buffer.Length)
            {
                Close(connection);
                return;
            }

            if (connection.Buffer.AsSpan(0, connection.Filled).IndexOf("\r\n\r\n"u8) >= 0)
            {
                connection.Filled = 0;
                Take(connection);
            }
        }
    }

    private void Take(PodConnection connection)
    {
        Pod pod = connection.Pod;
        pod.Count();
        connection.IsBusy = true;
        if (pod.Mode.Workers > 0 && pod.Busy >= pod.Mode.Workers)
        {
            pod.Queue.Enqueue(connection);
        }
        else
        {
            Work(connection);
        }
    }

    private void Work(PodConnection connection)
    {
        connection.Pod.Busy++;
        int delay = connection.Pod.Mode.DelayMs;
        if (delay > 0)
        {
            _work.Enqueue(connection, Stopwatch.GetTimestamp() + (delay * 1_000_000L));
        }
        else
        {
            Finish(connection);
        }
    }

    private void Finish(PodConnection connection)
    {
        Pod pod = connection.Pod;
        pod.Busy--;
        connection.IsBusy = false;
        if (!connection.IsClosed && !LoopbackSocket.TrySend(connection.Handle, pod.Response))
        {
            Close(connection);
        }

        if (pod.Queue.TryDequeue(out PodConnection? next))
        {
            Work(next);
        }
    }

    private void Close(PodConnection connection)
    {
        connection.IsClosed = true;
        _connections.Remove(connection.Handle);
        LoopbackSocket.Close(connection.Handle);
    }
}
