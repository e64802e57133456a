using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Wire;

namespace Mesh.Routing.Destinations;

/// <summary>
/// Where to go in a large set of which hardly anybody is usable: a list of those who are. Draws and a bounded sweep may miss the last good endpoint
/// of ten thousand; the list does not.
/// </summary>
/// <remarks>
/// Any thread, no lock. The list is made by the request that needs it, and made anew only if the set has changed since and the list is older than
/// <see cref="FreshNs"/> or nobody on it is usable any more. So a mass failure does not cost a walk through all endpoints with each death: 10 000
/// endpoints take 0.1 ms, four times a second at most while somebody on the list lives.
/// </remarks>
/// <param name="endpoints">The set.</param>
/// <param name="isWeighted">Whether anybody has a weight; else all are equals.</param>
/// <param name="tally">Of the destination.</param>
internal sealed class Refuge(Endpoint[] endpoints, bool isWeighted, EndpointTally tally)
{
    internal const long FreshNs = 250_000_000;

    private List _list = new([], long.MinValue, -1);

    /// <summary>
    /// Admits to a usable endpoint other than the excluded one; false when there is none, or so many looked at ask to be spared.
    /// </summary>
    internal bool TryAdmit(in PickRequest request, bool despitePushback, ref SplitMix64 random, out EndpointLease lease)
    {
        List list = Volatile.Read(ref _list);
        if (list.Flips != tally.Flips && request.NowNs - FreshNs >= list.MadeAtNs) list = Make(request.NowNs);
        if (TryAdmit(list, request, despitePushback, ref random, out lease, out bool anyUsable)) return true;
        return !anyUsable && list.Flips != tally.Flips && TryAdmit(Make(request.NowNs), request, despitePushback, ref random, out lease, out _);
    }

    private static bool TryAdmit(
        List list, in PickRequest request, bool despitePushback, ref SplitMix64 random, out EndpointLease lease, out bool anyUsable)
    {
        lease = default;
        anyUsable = false;
        Endpoint[] usable = list.Usable;
        int start = usable.Length == 0 ? 0 : random.Next(usable.Length);
        int refusals = 0;
        for (int step = 0; step < usable.Length && refusals < DestinationSnapshot.MaximumSweep; step++)
        {
            Endpoint endpoint = usable[(start + step) % usable.Length];
            if (!endpoint.IsUsable) continue;
            anyUsable = true;
            refusals++;
            if (!ReferenceEquals(endpoint, request.Excluded) && endpoint.TryAdmit(request.NowNs, out lease, despitePushback)) return true;
        }

        return false;
    }

    private List Make(long nowNs)
    {
        int flips = tally.Flips;
        var list = new List(Array.FindAll(endpoints, endpoint => endpoint.IsUsable && (endpoint.Weight > 0 || !isWeighted)), nowNs, flips);
        Volatile.Write(ref _list, list);
        return list;
    }

    /// <param name="Usable">Who was, when it was made.</param>
    /// <param name="MadeAtNs">Monotonic nanoseconds.</param>
    /// <param name="Flips">Of the tally, read before.</param>
    private sealed record List(Endpoint[] Usable, long MadeAtNs, int Flips);
}
