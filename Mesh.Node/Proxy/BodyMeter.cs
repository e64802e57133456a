using Mesh.Routing.Telemetry;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy;

/// <summary>How much of one body has passed, and when it ended.</summary>
/// <remarks>Hot path; on one loop. Reused.</remarks>
internal sealed class BodyMeter
{
    /// <summary>Payload so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>When its last piece passed, monotonic nanoseconds; 0: it has not.</summary>
    public long EndNs { get; private set; }

    /// <summary>Another body begins.</summary>
    public void Begin()
    {
        Bytes = 0;
        EndNs = 0;
    }

    /// <summary>There was nothing of it, or nothing more.</summary>
    public void End(long nowNs) => EndNs = nowNs;

    /// <summary>A piece passes; failures are none.</summary>
    public void Take(in BodyRead read) => Take(read, read.IsLast ? EventLoop.NowNs : 0);

    /// <summary>A piece passes at a moment that is known.</summary>
    public void Take(in BodyRead read, long nowNs)
    {
        Bytes += read.Count;
        if (read.IsLast) EndNs = nowNs;
    }

    /// <summary>What came of it, now that nothing more will.</summary>
    public BodyRecord Record(long beganNs, long nowNs) =>
        new(Bytes, Math.Max(0, (EndNs == 0 ? nowNs : EndNs) - beganNs), EndNs != 0);
}
