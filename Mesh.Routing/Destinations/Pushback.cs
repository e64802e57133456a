using Mesh.Routing.Accrual;

namespace Mesh.Routing.Destinations;

/// <summary>How long an endpoint asked to be spared (429 or 503 with Retry-After). The furthest wish holds, none shortens another.</summary>
/// <remarks>Any thread, no lock. A mutable struct, kept in a field, not copied while in use.</remarks>
internal struct Pushback()
{
    private long _untilNs = long.MinValue;
    private long _sinceNs;

    /// <summary>Until when, monotonic nanoseconds; in the past: not any more, or never.</summary>
    internal readonly long UntilNs => Volatile.Read(in _untilNs);

    /// <summary>When it began to ask, monotonic nanoseconds; wishes that overlap are one.</summary>
    internal readonly long SinceNs => Volatile.Read(in _sinceNs);

    internal void Extend(in Observation seen)
    {
        long until = seen.NowNs + seen.GrantedRestNs;
        long before = UntilNs;
        while (until > before)
        {
            long found = Interlocked.CompareExchange(ref _untilNs, until, before);
            if (found == before)
            {
                if (before <= seen.NowNs) Volatile.Write(ref _sinceNs, seen.NowNs);
                return;
            }

            before = found;
        }
    }
}
