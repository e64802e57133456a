using Mesh.Actors.Control;
using Mesh.Actors.Remoting.Frames;
using Mesh.Wire.Metrics;

namespace Mesh.Actors.Remoting;

/// <summary>Why a message between nodes was lost.</summary>
public enum DropReason
{
    /// <summary>The lane's queue was full.</summary>
    QueueFull,

    /// <summary>More bytes than the lane carries.</summary>
    TooBig,

    /// <summary>The receiver was removed from the cluster.</summary>
    Forgotten,

    /// <summary>Another process is at the address now.</summary>
    OtherUid,

    /// <summary>No session came about in time.</summary>
    Unreachable,

    /// <summary>More peers than may be known.</summary>
    TooManyPeers,

    /// <summary>A kind of message that this version does not know.</summary>
    UnknownKind,

    /// <summary>Nobody handles this kind here.</summary>
    NoHandler,

    /// <summary>Bytes that its parser does not take.</summary>
    Unreadable,

    /// <summary>An actor's message for which no serializer is registered.</summary>
    NoSerializer,

    /// <summary>An actor's message that nobody here can read.</summary>
    UnknownManifest,

    /// <summary>Addressed to this node itself, by another name.</summary>
    Myself,
}

/// <summary>What remoting counts, by lane and by reason.</summary>
/// <remarks>Adding from any thread (drops), or on the loop alone (the rest); reading from any.</remarks>
public sealed class RemotingCounters
{
    private readonly long[] _drops = new long[Enum.GetValues<DropReason>().Length];
    private readonly long[] _ends = new long[Enum.GetValues<SessionEnd>().Length];
    private readonly long[] _handshakes = new long[Enum.GetValues<SessionEnd>().Length];
    private readonly long[] _received = new long[FrameLimits.Lanes];
    private readonly long[] _sent = new long[FrameLimits.Lanes];
    private readonly long[] _receivedBytes = new long[FrameLimits.Lanes];
    private readonly long[] _sentBytes = new long[FrameLimits.Lanes];
    private long _handlerFailures;
    private int _sessions;

    public long HandlerFailures => Interlocked.Read(ref _handlerFailures);

    /// <summary>Peers with a session now.</summary>
    public int Sessions => Volatile.Read(ref _sessions);

    public long Drops(DropReason reason) => Interlocked.Read(ref _drops[(int)reason]);

    public long SessionEnds(SessionEnd reason) => Volatile.Read(ref _ends[(int)reason]);

    public long HandshakeFailures(SessionEnd reason) => Volatile.Read(ref _handshakes[(int)reason]);

    public long Received(Lane lane) => Volatile.Read(ref _received[(int)lane]);

    public long Sent(Lane lane) => Volatile.Read(ref _sent[(int)lane]);

    internal void Drop(DropReason reason, long count = 1) => Interlocked.Add(ref _drops[(int)reason], count);

    internal void SessionOpened() => Volatile.Write(ref _sessions, _sessions + 1);

    internal void SessionEnded(SessionEnd reason)
    {
        Volatile.Write(ref _sessions, _sessions - 1);
        Bump(_ends, (int)reason, 1);
    }

    internal void HandshakeFailed(SessionEnd reason) => Bump(_handshakes, (int)reason, 1);

    internal void HandlerFailed() => Interlocked.Increment(ref _handlerFailures);

    internal void ReceivedMessage(Lane lane, long bytes)
    {
        Bump(_received, (int)lane, 1);
        Bump(_receivedBytes, (int)lane, bytes);
    }

    internal void SentFrame(Lane lane, long bytes)
    {
        Bump(_sent, (int)lane, 1);
        Bump(_sentBytes, (int)lane, bytes);
    }

    internal void Expose(MetricScope scope, EventLoopControl loop)
    {
        scope.Gauge(RemotingMetricNames.Sessions, "Nodes with a session now.", LabelSet.Empty, () => Sessions);
        scope.ObservedCounter(RemotingMetricNames.HandlerFailures, "Exceptions of message handlers.", LabelSet.Empty, () => HandlerFailures);
        scope.Gauge(RemotingMetricNames.Lateness, "How late the control loop was at worst since the last reading.", LabelSet.Empty,
            () => loop.TakeLongestGap().TotalSeconds);
        Each<DropReason>(scope, RemotingMetricNames.Drops, "Messages between nodes that were lost.", "reason", _drops);
        Each<SessionEnd>(scope, RemotingMetricNames.SessionEnds, "Sessions that ended.", "reason", _ends);
        Each<SessionEnd>(scope, RemotingMetricNames.HandshakeFailures, "Sessions that did not come about.", "reason", _handshakes);
        Each<Lane>(scope, RemotingMetricNames.ReceivedFrames, "Messages from nodes.", "lane", _received);
        Each<Lane>(scope, RemotingMetricNames.SentFrames, "Frames to nodes.", "lane", _sent);
        Each<Lane>(scope, RemotingMetricNames.ReceivedBytes, "Bytes of messages from nodes.", "lane", _receivedBytes);
        Each<Lane>(scope, RemotingMetricNames.SentBytes, "Bytes of frames to nodes.", "lane", _sentBytes);
    }

    private static void Bump(long[] cells, int index, long by) => Volatile.Write(ref cells[index], cells[index] + by);

    private static void Each<T>(MetricScope scope, string name, string help, string label, long[] cells) where T : struct, Enum
    {
        T[] values = Enum.GetValues<T>();
        for (int i = 0; i < values.Length; i++)
        {
            int index = i;
            string value = System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(values[i].ToString());
            scope.ObservedCounter(name, help, LabelSet.Of((label, value)), () => Interlocked.Read(ref cells[index]));
        }
    }
}
