using System.Text;

namespace Mesh.Bench.Resilience;

/// <summary>A model backend on one port. Its thread works on it; other threads may read <see cref="Seen"/> and write <see cref="Mode"/>.</summary>
internal sealed class Pod(int listener, int port, PodMode mode)
{
    private static readonly byte[] Good = Answer(200);

    private volatile PodMode _mode = mode;
    private byte[] _bad = Answer(mode.Status);
    private long _seen;

    public int Listener => listener;

    public int Port => port;

    /// <summary>Requests whose head came, answered or not.</summary>
    public long Seen => Interlocked.Read(ref _seen);

    public PodMode Mode
    {
        get => _mode;
        set
        {
            _bad = Answer(value.Status);
            _mode = value;
        }
    }

    /// <summary>Requests under work.</summary>
    public int Busy { get; set; }

    /// <summary>Requests that wait for a worker.</summary>
    public Queue<PodConnection> Queue { get; } = new();

    public byte[] Response => _mode.Status == 200 ? Good : _bad;

    public void Count() => Interlocked.Increment(ref _seen);

    private static byte[] Answer(int status) =>
        Encoding.ASCII.GetBytes($"HTTP/1.1 {status} {(status == 200 ? "OK" : "Bad")}\r\nContent-Length: 100\r\n\r\n{new string('x', 100)}");
}

/// <summary>A connection to a pod; one request at a time.</summary>
internal sealed class PodConnection(int handle, Pod pod)
{
    public int Handle => handle;

    public Pod Pod => pod;

    public byte[] Buffer { get; } = new byte[4096];

    /// <summary>Bytes of <see cref="Buffer"/> that came and are not used up.</summary>
    public int Filled { get; set; }

    /// <summary>A request waits for a worker, or is under work.</summary>
    public bool IsBusy { get; set; }

    public bool IsClosed { get; set; }
}
