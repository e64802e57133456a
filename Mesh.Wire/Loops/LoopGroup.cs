using System.Net;
using Mesh.Wire.Buffers;
using Mesh.Wire.Transports;
using Mesh.Wire.Transports.Epoll;
using Mesh.Wire.Transports.Sockets;

namespace Mesh.Wire.Loops;

/// <summary>Which transport carries the data plane.</summary>
public enum TransportKind
{
    /// <summary>Epoll on Linux, the framework's sockets elsewhere.</summary>
    Auto,
    Epoll,
    Sockets,
}

/// <summary>The loops of a node. Connections are dealt out in turn when they are accepted and stay where they are.</summary>
public sealed class LoopGroup : IAsyncDisposable
{
    private readonly EventLoop[] _loops;
    private uint _next;

    /// <param name="count">Loops, 1..64; one per core that the node may use.</param>
    /// <param name="kind">Which transport.</param>
    /// <param name="seed">Seeds each loop's random sequence.</param>
    /// <param name="onBug">Told of exceptions that escape from callbacks.</param>
    /// <param name="maxHeldBytes">What all connections may hold of bodies that wait; null: <see cref="BufferBudget.DefaultLimit"/>.</param>
    public LoopGroup(int count, TransportKind kind, ulong seed, Action<Exception> onBug, long? maxHeldBytes = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxLoops);
        bool epoll = kind == TransportKind.Epoll || (kind == TransportKind.Auto && OperatingSystem.IsLinux());
        _loops = new EventLoop[count];
        for (int i = 0; i < count; i++)
        {
            ulong own = seed + (ulong)i;
            _loops[i] = epoll ? new EpollLoop(i + 1, own, onBug) : new SocketLoop(i + 1, own, onBug);
        }

        Buffers = new BufferBudget(_loops, maxHeldBytes ?? BufferBudget.DefaultLimit);
    }

    /// <summary>The most loops of a node.</summary>
    public const int MaxLoops = 64;

    public IReadOnlyList<EventLoop> Loops => _loops;

    /// <summary>What their connections hold of bodies that wait.</summary>
    public BufferBudget Buffers { get; }

    public void Start()
    {
        foreach (EventLoop loop in _loops) loop.Start();
    }

    /// <summary>Listens, and deals the accepted connections to all loops in turn: an even share also for a few long-lived connections.</summary>
    /// <param name="address">Port 0 takes a free one.</param>
    /// <param name="options">How to listen.</param>
    /// <param name="connected">Called on the loop that the connection now belongs to.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The address is in use, not of this host, or not permitted.</exception>
    public Listener Listen(IPEndPoint address, ListenerOptions options, Action<Transport> connected)
    {
        EventLoop first = _loops[0];
        return first.Listen(address, options, socket =>
        {
            EventLoop loop = _loops[(int)(_next++ % (uint)_loops.Length)];
            if (loop == first) connected(loop.Adopt(socket));
            else loop.Post(static (handover, _) => ((Handover)handover!).Run(), new Handover(loop, socket, connected));
        });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (EventLoop loop in _loops) await loop.StopAsync().ConfigureAwait(false);
        foreach (EventLoop loop in _loops) loop.Dispose();
    }

    private sealed record Handover(EventLoop Loop, AcceptedSocket Socket, Action<Transport> Connected)
    {
        public void Run() => Connected(Loop.Adopt(Socket));
    }
}
