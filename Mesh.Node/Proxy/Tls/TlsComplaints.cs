using Mesh.Wire.Tls;

namespace Mesh.Node.Proxy.Tls;

/// <summary>
/// Tells the operator why connections were not taken: of each kind one in a minute, with the number of those since. Whoever knocks all day must not
/// fill a disk.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class TlsComplaints(TimeProvider time, Action<string> warn)
{
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Kind[] _kinds = [.. Enum.GetValues<TlsFailure>().Select(static _ => new Kind())];

    public void Tell(TlsFailure failure, string text)
    {
        int since;
        lock (_gate)
        {
            Kind kind = _kinds[(int)failure];
            kind.Since++;
            if (kind.ToldAt is { } told && time.GetElapsedTime(told) < Pause) return;
            kind.ToldAt = time.GetTimestamp();
            (since, kind.Since) = (kind.Since, 0);
        }

        warn(since > 1 ? $"{text} ({since - 1} more like this since the last line)" : text);
    }

    private sealed class Kind
    {
        public long? ToldAt;
        public int Since;
    }
}
