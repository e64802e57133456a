namespace Mesh.Tests.Simulation.Network;

/// <summary>How messages cross the simulated network in a run.</summary>
internal enum Passing
{
    /// <summary>The object itself: fast.</summary>
    Object,

    /// <summary>The object itself, and whoever changes it after it was sent is found out.</summary>
    Watched,

    /// <summary>As bytes, parsed again on arrival, as in truth.</summary>
    Bytes,
}

/// <summary>What the network is like while nothing is wrong with it.</summary>
internal sealed record NetworkSettings
{
    /// <summary>One way, the middle of the links; each link has its own between half and twice of it.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Share of messages that take much longer.</summary>
    public double TailShare { get; init; } = 0.005;

    /// <summary>The longest that they take.</summary>
    public TimeSpan TailMax { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Share of packets that are lost: with sessions sent again later, with <see cref="PlainDrop"/> gone.</summary>
    public double Loss { get; init; }

    /// <summary>Lost is lost: as if each message were a datagram.</summary>
    public bool PlainDrop { get; init; }

    /// <summary>Bytes a second of each direction of each connection.</summary>
    public double Bandwidth { get; init; } = 125e6;

    public Passing Passing { get; init; }

    /// <summary>After that long without an answer an attempt to connect, handshake included, is given up.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After that long without acknowledgement a connection with something to send is broken.</summary>
    public TimeSpan UserTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Messages that wait for one peer, all lanes together; more are refused.</summary>
    public int QueueLimit { get; init; } = 2000;
}
