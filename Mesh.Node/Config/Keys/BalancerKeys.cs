using System.Collections.Immutable;
using Mesh.Node.Config.Schema;
using Mesh.Routing.Balancing;

namespace Mesh.Node.Config.Keys;

/// <summary>What <c>loadBalancer</c> says: how endpoints are picked, and by what requests are kept together.</summary>
internal readonly record struct BalancerChoice(BalancerConfig Balancer, RequestKeyConfig? Affinity);

/// <summary>The keys of each load balancer.</summary>
internal static class BalancerKeys
{
    public static readonly IntKey MaxEffort = new(
        "maxEffort", BalancerConfig.DefaultMaxEffort, 1, 100, "picks", "Picks before an endpoint that is not open is taken all the same.");

    public static readonly IntKey DecayTimeMs = new(
        "decayTimeMs", (int)BalancerConfig.DefaultDecay.TotalMilliseconds, 1, SharedKeys.MaxMs, "ms", "Time constant of the average latency.");

    public static readonly IntKey SmoothWindowMs = new(
        "smoothWindowMs", (int)ApertureConfig.Default.SmoothWindow.TotalMilliseconds, 1, SharedKeys.MaxMs, "ms",
        "Time constant of the average number of requests in flight.");

    public static readonly DecimalKey LowLoad = new(
        "lowLoad", ApertureConfig.Default.LowLoad, 0, 1_000_000, "requests", "In flight per endpoint of the window, at which it narrows by one.");

    public static readonly DecimalKey HighLoad = new(
        "highLoad", ApertureConfig.Default.HighLoad, 0, 1_000_000, "requests", "In flight per endpoint of the window, at which it widens by one.");

    public static readonly IntKey MinAperture = new(
        "minAperture", ApertureConfig.Default.MinAperture, 1, 10_000, "endpoints", "The narrowest window.");

    public static readonly KindKey<RequestKeyConfig> RequestKey = new(
        "key", RequestKeyKinds.Table, "which part of a request ties it to its endpoint; requests without it are spread at random")
    {
        Required = true,
    };

    public static readonly DecimalKey BoundedLoad = new(
        "boundedLoad", HashConfig.DefaultBoundedLoad, 0, 10, "",
        "An endpoint takes at most this many times the average of requests in flight, 1 or more; the rest goes to the next one. 0: no bound.");

    public static readonly BoolKey EnableProbation = new("enableProbation", false, "Endpoints that discovery dropped stay while they are alive.");

    public static readonly IntKey SlowStartMs = new(
        "slowStartMs", 0, 0, SharedKeys.MaxMs, "ms",
        "How long the share of an endpoint that is new, or came back to life, grows from a tenth to its whole; Mesh's own key.");

    public static readonly DecimalKey PanicThreshold = new(
        "panicThreshold", BalancerConfig.DefaultPanicThreshold, 0, 1, "",
        "While less than this share of the endpoints is alive, those that answered with failures are used all the same. 0: never; Mesh's own key.");

    private static readonly ImmutableArray<Key> s_common = [EnableProbation, SlowStartMs, PanicThreshold];

    public static readonly Section<BalancerChoice> Ewma = new(
        "load balancer `ewma`",
        "The less loaded of two random endpoints; load is average latency, sensitive to peaks, times requests in flight.",
        [MaxEffort, DecayTimeMs, .. s_common],
        static view => new(Of(BalancerKind.PeakEwma, view) with { Decay = view.Milliseconds(DecayTimeMs) }, null));

    public static readonly Section<BalancerChoice> P2c = new(
        "load balancer `p2c`",
        "The one with fewer requests in flight of two random endpoints.",
        [MaxEffort, .. s_common],
        static view => new(Of(BalancerKind.LeastLoaded, view), null));

    public static readonly Section<BalancerChoice> Aperture = new(
        "load balancer `aperture`",
        "`p2c` within a window of endpoints that is as wide as the load asks for.",
        [MaxEffort, SmoothWindowMs, LowLoad, HighLoad, MinAperture, .. s_common],
        static view => new(Of(BalancerKind.Aperture, view) with { Aperture = ApertureOf(view) }, null))
    { Rules = CheckLoads };

    public static readonly Section<BalancerChoice> Heap = new(
        "load balancer `heap`",
        "The one with the fewest requests in flight of all endpoints.",
        s_common,
        static view => new(Of(BalancerKind.Heap, view), null));

    public static readonly Section<BalancerChoice> RoundRobin = new(
        "load balancer `roundRobin`",
        "Endpoints in turn.",
        [MaxEffort, .. s_common],
        static view => new(Of(BalancerKind.RoundRobin, view), null));

    public static readonly Section<BalancerChoice> RingHash = Hashing(
        "load balancer `ringHash`",
        "Requests of one key go to one endpoint, by consistent hashing on a ring; Mesh's own kind.",
        BalancerKind.RingHash);

    public static readonly Section<BalancerChoice> Maglev = Hashing(
        "load balancer `maglev`",
        "Requests of one key go to one endpoint, by consistent hashing with a table: more even than a ring, and moves a few more keys when "
        + "endpoints change; Mesh's own kind.",
        BalancerKind.Maglev);

    private static Section<BalancerChoice> Hashing(string name, string doc, BalancerKind kind) =>
        new(name, doc, [RequestKey, BoundedLoad, .. s_common],
            view => new(Of(kind, view) with { Hash = new HashConfig { BoundedLoad = view.Get(BoundedLoad) } }, view.Get(RequestKey)))
        { Rules = CheckBound };

    private static BalancerConfig Of(BalancerKind kind, SectionView view) => new()
    {
        Kind = kind,
        MaxEffort = view.Get(MaxEffort),
        EnableProbation = view.Get(EnableProbation),
        SlowStart = view.Milliseconds(SlowStartMs),
        PanicThreshold = view.Get(PanicThreshold),
    };

    private static ApertureConfig ApertureOf(SectionView view) => new()
    {
        SmoothWindow = view.Milliseconds(SmoothWindowMs),
        LowLoad = view.Get(LowLoad),
        HighLoad = view.Get(HighLoad),
        MinAperture = view.Get(MinAperture),
    };

    private static void CheckLoads(SectionView view, CheckContext context)
    {
        double low = view.Get(LowLoad), high = view.Get(HighLoad);
        if (low < high) return;
        context.Faults.Fault(view.At(LowLoad),
            $"`lowLoad` ({Numbers.Text(low)}) is not below `highLoad` ({Numbers.Text(high)}); lower it or raise that");
    }

    private static void CheckBound(SectionView view, CheckContext context)
    {
        double bound = view.Get(BoundedLoad);
        if (bound is > 0 and < 1)
            context.Faults.Fault(view.At(BoundedLoad),
                $"`boundedLoad` is {Numbers.Text(bound)}, below the average, where not all requests fit; "
                + "write 1 or more, such as 1.25, or 0 for no bound");
    }
}

/// <summary>The kinds of <c>loadBalancer</c>.</summary>
internal static class BalancerKinds
{
    public static readonly KindTable Table = new(
        "a load balancer",
        "kind",
        "ewma",
        [
            new Kind<BalancerChoice>("ewma", "Peak-EWMA.", BalancerKeys.Ewma),
            new Kind<BalancerChoice>("p2c", "Least loaded of two.", BalancerKeys.P2c),
            new Kind<BalancerChoice>("aperture", "Least loaded of two, within a window.", BalancerKeys.Aperture),
            new Kind<BalancerChoice>("heap", "Least loaded of all.", BalancerKeys.Heap),
            new Kind<BalancerChoice>("roundRobin", "In turn.", BalancerKeys.RoundRobin),
            new Kind<BalancerChoice>("ringHash", "By a key, on a ring.", BalancerKeys.RingHash),
            new Kind<BalancerChoice>("maglev", "By a key, with a table.", BalancerKeys.Maglev),
        ]);
}
