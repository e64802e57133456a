using Mesh.Node.Config.Schema;
using Mesh.Routing.Accrual;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of each backoff.</summary>
internal static class BackoffKeys
{
    public static readonly IntKey Ms = new("ms", 0, 0, SharedKeys.MaxMs, "ms", "the pause") { Required = true };
    public static readonly IntKey MinMs = new("minMs", 1, 1, SharedKeys.MaxMs, "ms", "the shortest pause") { Required = true };
    public static readonly IntKey MaxMs = new("maxMs", SharedKeys.MaxMs, 1, SharedKeys.MaxMs, "ms", "the longest pause") { Required = true };

    public static readonly Section<BackoffConfig> Constant = new(
        "backoff `constant`",
        "Always the same pause.",
        [Ms],
        static view => new BackoffConfig.Constant(Milliseconds(view, Ms)));

    public static readonly Section<BackoffConfig> Jittered = new(
        "backoff `jittered`",
        "Each pause is drawn between the shortest and three times the last one, and is never longer than the longest.",
        [MinMs, MaxMs],
        static view => new BackoffConfig.Jittered(Milliseconds(view, MinMs), Milliseconds(view, MaxMs)))
    { Rules = CheckOrder };

    private static TimeSpan Milliseconds(SectionView view, IntKey key) => TimeSpan.FromMilliseconds(view.Get(key));

    private static void CheckOrder(SectionView view, CheckContext context)
    {
        int least = view.Get(MinMs), most = view.Get(MaxMs);
        if (least > most) context.Faults.Fault(view.At(MinMs), $"`minMs` ({least}) is more than `maxMs` ({most}); lower it or raise that");
    }
}

/// <summary>The kinds of <c>backoff</c>.</summary>
internal static class BackoffKinds
{
    public static readonly KindTable Table = new(
        "a backoff",
        "kind",
        null,
        [
            new Kind<BackoffConfig>("constant", "Always the same pause.", BackoffKeys.Constant),
            new Kind<BackoffConfig>("jittered", "Growing pauses with jitter.", BackoffKeys.Jittered),
        ]);
}
