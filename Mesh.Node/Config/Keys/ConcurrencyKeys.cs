using Mesh.Node.Config.Schema;
using Mesh.Routing.Limits;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of each limit of concurrency.</summary>
internal static class ConcurrencyKeys
{
    private const int Highest = 1_000_000;

    public static readonly IntKey MaxRequests = new(
        "maxRequests", ConcurrencyConfig.DefaultMaxRequests, 1, Highest, "requests", "In flight to the destination at once, at most.");

    public static readonly IntKey MinRequests = new(
        "minRequests", ConcurrencyConfig.DefaultMinRequests, 1, Highest, "requests", "The lowest that the limit may fall to.");

    public static readonly IntKey InitialRequests = new(
        "initialRequests", ConcurrencyConfig.DefaultInitialRequests, 1, Highest, "requests",
        "Where the limit begins; where it is not written, never outside the other two.");

    public static readonly IntKey MaxQueued = new(
        "maxQueued", ConcurrencyConfig.DefaultMaxQueued, 0, Highest, "requests", "Requests that wait for their turn; the next is 503 at once.");

    public static readonly Section<ConcurrencyConfig> Fixed = new(
        "concurrency `fixed`",
        "A limit that stays.",
        [MaxRequests, MaxQueued],
        static view => new ConcurrencyConfig { MaxRequests = view.Get(MaxRequests), MaxQueued = view.Get(MaxQueued) });

    public static readonly Section<ConcurrencyConfig> Adaptive = new(
        "concurrency `adaptive`",
        "A limit that follows what the destination bears: up while latency stays, down when it grows.",
        [MinRequests, MaxRequests, InitialRequests, MaxQueued],
        static view =>
        {
            (int least, int most) = Bounds(view);
            int initial = view.Find(InitialRequests) is null ? Math.Clamp(InitialRequests.Default, least, most) : view.Get(InitialRequests);
            return new ConcurrencyConfig
            {
                IsAdaptive = true, MinRequests = least, MaxRequests = most, InitialRequests = initial, MaxQueued = view.Get(MaxQueued),
            };
        })
    { Rules = CheckBounds };

    /// <summary>A lowest limit that is not written gives way to a written highest one.</summary>
    private static (int Least, int Most) Bounds(SectionView view)
    {
        int most = view.Get(MaxRequests);
        return (view.Find(MinRequests) is null ? Math.Min(MinRequests.Default, most) : view.Get(MinRequests), most);
    }

    private static void CheckBounds(SectionView view, CheckContext context)
    {
        if (view.Find(MinRequests) is not null) SharedKeys.CheckOrder(view, MinRequests, MaxRequests, context);
        if (view.Find(InitialRequests) is not { } written) return;
        (int least, int most) = Bounds(view);
        int initial = view.Get(InitialRequests);
        if (least <= most && (initial < least || initial > most))
            context.Faults.Fault(written.At,
                $"`initialRequests` ({Numbers.Text(initial)}) is not between `minRequests` ({Numbers.Text(least)}) and `maxRequests` "
                + $"({Numbers.Text(most)}); write one that is");
    }
}

/// <summary>The kinds of <c>concurrency</c>.</summary>
internal static class ConcurrencyKinds
{
    public static readonly KindTable Table = new(
        "a limit of concurrency",
        "kind",
        null,
        [
            new Kind<ConcurrencyConfig>("fixed", "A limit that stays.", ConcurrencyKeys.Fixed),
            new Kind<ConcurrencyConfig>("adaptive", "A limit that follows what the destination bears.", ConcurrencyKeys.Adaptive),
        ]);
}
