using Mesh.Wire.Faults;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>
/// Tells the operator what clients cannot be told: why their connections were reset. Of each cause one in a minute, with the number of those since.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class OpaqueComplaints(TimeProvider time, Action<string> warn)
{
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Kind[] _kinds = [.. Enum.GetValues<FaultCause>().Select(static _ => new Kind())];

    public void Tell(in FaultReport report)
    {
        int since;
        lock (_gate)
        {
            Kind kind = _kinds[(int)report.Fault.Cause];
            kind.Since++;
            if (kind.ToldAt is { } told && time.GetElapsedTime(told) < Pause) return;
            kind.ToldAt = time.GetTimestamp();
            (since, kind.Since) = (kind.Since, 0);
        }

        warn(since > 1 ? $"{report.Text} ({since - 1} more connections ended so since the last line)" : report.Text);
    }

    private sealed class Kind
    {
        public long? ToldAt;
        public int Since;
    }
}
