using System.Text;
using Mesh.Node.Config;

namespace Mesh.Node.Proxy.Context;

/// <summary>What one server tells with its requests, believes of them, and admits of them.</summary>
/// <remarks>Any thread; all connections of a server share it.</remarks>
internal sealed class ServerContext
{
    private int _inFlight;

    /// <param name="config">The server's config.</param>
    /// <param name="router">Its router's label.</param>
    /// <param name="time">The wall clock, for what is written in absolute time.</param>
    public ServerContext(ServerConfig config, string router, TimeProvider time)
    {
        Time = time;
        RouterLabel = router;
        ClearsContext = config.Context.ClearContext;
        IsInbound = config.Context.IsInbound;
        IsSecured = config.Tls is not null;
        MaxCallDepth = config.Context.MaxCallDepth;
        MaxConcurrentRequests = config.MaxConcurrentRequests ?? int.MaxValue;
        TimeoutNs = LoopTimes.Nanoseconds(config.Timeout);
        Forwarded = config.Context.Forwarded;
        TimestampHeader = config.Context.TimestampHeader is { } name ? Encoding.ASCII.GetBytes(name) : null;
    }

    public TimeProvider Time { get; }

    public string RouterLabel { get; }

    /// <summary>Nothing that clients say of context is believed, and nothing is told to them.</summary>
    public bool ClearsContext { get; }

    /// <summary>The server is the node's inbound side.</summary>
    public bool IsInbound { get; }

    /// <summary>Its clients come in TLS that it ends.</summary>
    public bool IsSecured { get; }

    public int MaxCallDepth { get; }

    public int MaxConcurrentRequests { get; }

    /// <summary>From a request's first byte to the head of its response; Never for no limit.</summary>
    public long TimeoutNs { get; }

    public ForwardedConfig? Forwarded { get; }

    public byte[]? TimestampHeader { get; }

    /// <summary>Requests in flight; counted only where there is a limit.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>False when as many requests are in flight as may be. Each true is given back by <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        if (MaxConcurrentRequests == int.MaxValue) return true;
        if (Interlocked.Increment(ref _inFlight) <= MaxConcurrentRequests) return true;
        Interlocked.Decrement(ref _inFlight);
        return false;
    }

    public void Leave()
    {
        if (MaxConcurrentRequests != int.MaxValue) Interlocked.Decrement(ref _inFlight);
    }
}
