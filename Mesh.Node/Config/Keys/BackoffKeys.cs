using Mesh.Node.Config.Schema;
using Mesh.Routing.Accrual;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of each backoff: pauses between probes of an endpoint, or between attempts of a request.</summary>
internal static class BackoffKeys
{
    public static readonly IntKey Ms = new("ms", 0, 0, SharedKeys.MaxMs, "ms", "The pause.");
    public static readonly IntKey MinMs = new("minMs", 1, 1, SharedKeys.MaxMs, "ms", "the shortest pause") { Required = true };
    public static readonly IntKey MaxMs = new("maxMs", SharedKeys.MaxMs, 1, SharedKeys.MaxMs, "ms", "the longest pause") { Required = true };

    public static readonly Section<BackoffConfig> Constant = new(
        "backoff `constant`",
        "Always the same pause.",
        [Ms],
        static view => new BackoffConfig.Constant(view.Milliseconds(Ms)));

    public static readonly Section<BackoffConfig> Jittered = new(
        "backoff `jittered`",
        "Each pause is drawn between the last one and three times that, and is never longer than the longest.",
        [MinMs, MaxMs],
        static view => new BackoffConfig.Jittered(view.Milliseconds(MinMs), view.Milliseconds(MaxMs)))
    { Rules = CheckOrder };

    public static readonly Section<BackoffConfig> EqualJittered = new(
        "backoff `equalJittered`",
        "Pauses double; half of each is fixed, half is drawn. What holds for `failureAccrual` where no backoff is written; the name is Mesh's own.",
        [MinMs, MaxMs],
        static view => new BackoffConfig.EqualJittered(view.Milliseconds(MinMs), view.Milliseconds(MaxMs)))
    { Rules = CheckOrder };

    private static void CheckOrder(SectionView view, CheckContext context) => SharedKeys.CheckOrder(view, MinMs, MaxMs, context);
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
            new Kind<BackoffConfig>("jittered", "Growing pauses, decorrelated.", BackoffKeys.Jittered),
            new Kind<BackoffConfig>("equalJittered", "Doubling pauses, half of each at random.", BackoffKeys.EqualJittered),
        ]);
}
