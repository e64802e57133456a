using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;
using Mesh.Routing.Accrual;
using Mesh.Routing.Retries;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of a budget: <c>retries.budget</c> of a service, <c>requeueBudget</c> of a client.</summary>
internal static class BudgetKeys
{
    /// <summary>From here on somebody thought of per cent: Linkerd's own examples end at 2.</summary>
    private const double LooksLikePercent = 5;

    public static readonly IntKey MinRetriesPerSec = new(
        "minRetriesPerSec", RetryBudgetConfig.DefaultMinRetriesPerSecond, 0, 1_000_000, "retries per second",
        "Allowed however few requests there are. 0: none is for free.");

    public static readonly DecimalKey PercentCanRetry = new(
        "percentCanRetry", RetryBudgetConfig.DefaultPercentCanRetry, 0, 1000, "retries per request",
        "Allowed beside those, a share in spite of its name: 0.2 is one for every five requests, 2.0 two for each.")
    {
        Doubt = static share => share < LooksLikePercent ? null
            : $"`percentCanRetry` is {Numbers.Text(share)}: as many retries for every request; it is a share, and a fifth is 0.2",
    };

    public static readonly IntKey TtlSecs = new(
        "ttlSecs", (int)RetryBudgetConfig.DefaultTimeToLive.TotalSeconds, 1, 60, "s", "How long a request counts.");

    public static readonly Section<RetryBudgetConfig> Section = new(
        "a retry budget",
        "How many requests may be sent again, in proportion to those that came; both shares 0: none.",
        [MinRetriesPerSec, PercentCanRetry, TtlSecs],
        static view => new RetryBudgetConfig
        {
            MinRetriesPerSecond = view.Get(MinRetriesPerSec),
            PercentCanRetry = view.Get(PercentCanRetry),
            TimeToLive = TimeSpan.FromSeconds(view.Get(TtlSecs)),
        });
}

/// <summary>
/// The keys of <c>retries</c>. As in Linkerd each is a parameter of its own, so that a later prefix may change one and keep the others.
/// </summary>
internal static class RetryKeys
{
    public static readonly SectionKey<RetryBudgetConfig> Budget = new("budget", BudgetKeys.Section, "How many, of all requests of the service.");

    public static readonly KindKey<BackoffConfig?> Backoff = new(
        "backoff", BackoffKinds.Table, "Pauses before retries; none where it is not written.");

    public static readonly IntKey MaxRetries = new(
        "maxRetries", RetriesConfig.DefaultMaxRetries, 0, 100, "retries", "Of one request. 0: none; Mesh's own key.");

    public static readonly IntKey MaxBufferBytes = new(
        "maxBufferBytes", RetriesConfig.DefaultMaxBufferBytes, 0, RetriesConfig.MaxBufferBytesLimit, "bytes",
        "The largest request body that is kept so that it can be sent again; larger ones are sent once. 0: none is kept; Mesh's own key.");

    public static readonly OptionalIntKey HedgeDelayMs = new(
        "hedgeDelayMs", "never", 1, SharedKeys.MaxMs, "ms",
        "After this long without a response head an idempotent request goes to a second endpoint too, on the same budget, and the first answer "
        + "serves; Mesh's own key.");

    public static readonly Section<RetriesConfig> Section = new(
        "`retries`",
        "Whether and how requests are sent again whose failure `responseClassifier` calls retryable.",
        [Budget, Backoff, MaxRetries, MaxBufferBytes, HedgeDelayMs],
        static view => Over(view, RetriesConfig.Default));

    /// <summary>The keys that are written, over what holds without them.</summary>
    public static RetriesConfig Over(YamlNode? retries, RetriesConfig below) => Over(new SectionView(retries as YamlMapping), below);

    private static RetriesConfig Over(SectionView view, RetriesConfig below) => new()
    {
        Budget = view.GetOr(Budget, below.Budget),
        Backoff = view.GetOr(Backoff, below.Backoff),
        MaxRetries = view.GetOr(MaxRetries, below.MaxRetries),
        MaxBufferBytes = view.GetOr(MaxBufferBytes, below.MaxBufferBytes),
        HedgeDelayMs = view.GetOr(HedgeDelayMs, below.HedgeDelayMs),
        MaxResponseBufferBytes = below.MaxResponseBufferBytes,
        ClassificationTimeoutMs = below.ClassificationTimeoutMs,
    };
}

/// <summary>The keys of <c>retryBufferSize</c>.</summary>
internal static class RetryBufferKeys
{
    public static readonly IntKey RequestBytes = new(
        "requestBytes", RetriesConfig.DefaultMaxBufferBytes, 0, RetriesConfig.MaxBufferBytesLimit, "bytes",
        "The largest request body that is kept; Linkerd's name for `retries.maxBufferBytes`, which goes before it.");

    public static readonly IntKey ResponseBytes = new(
        "responseBytes", RetriesConfig.DefaultMaxResponseBufferBytes, 0, RetriesConfig.MaxResponseBufferBytesLimit, "bytes",
        "How much of a gRPC call's response is held back for its status; a longer one passes at once, and is final.");

    public static readonly Section<RetryBufferSize> Section = new(
        "`retryBufferSize`",
        "Whatever is larger is sent once.",
        [RequestBytes, ResponseBytes],
        static view => new RetryBufferSize(view.Get(RequestBytes), view.Get(ResponseBytes)));

    /// <summary>The keys that are written, over what holds without them.</summary>
    public static RetryBufferSize Over(YamlNode? written, RetriesConfig below)
    {
        var view = new SectionView(written as YamlMapping);
        return new RetryBufferSize(view.GetOr(RequestBytes, below.MaxBufferBytes), view.GetOr(ResponseBytes, below.MaxResponseBufferBytes));
    }
}
