using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of each active health check.</summary>
internal static class HealthCheckKeys
{
    public const int MostInARow = 1000;
    public const int LeastIntervalMs = 100;

    public static readonly TextKey Path = new(
        "path", "", "", "a path from its first slash, such as `/health`, without spaces", IsRequestTarget,
        "what is asked with GET; 2xx and 3xx are good")
    {
        Required = true,
    };

    public static readonly TextKey Host = new(
        "host", null, "the authority that discovery gives it, or its address", "a host name such as `web.internal`, with or without a port",
        IsAuthority, "The Host of the check.");

    public static readonly OptionalIntKey Port = new("port", "the endpoint's own", 1, SharedKeys.MaxPort, "", "The port that is asked.");

    public static readonly IntKey IntervalMs = new(
        "intervalMs", HealthCheckConfig.DefaultIntervalMs, LeastIntervalMs, SharedKeys.MaxMs, "ms",
        "Between two checks of an endpoint, spread by a tenth at random.");

    public static readonly IntKey TimeoutMs = new(
        "timeoutMs", HealthCheckConfig.DefaultTimeoutMs, 1, SharedKeys.MaxMs, "ms",
        "For a whole check, at most `intervalMs`; a shorter interval lowers the default.");

    public static readonly IntKey HealthyThreshold = new(
        "healthyThreshold", HealthCheckConfig.DefaultHealthyThreshold, 1, MostInARow, "checks", "Good ones in a row that bring an endpoint back.");

    public static readonly IntKey UnhealthyThreshold = new(
        "unhealthyThreshold", HealthCheckConfig.DefaultUnhealthyThreshold, 1, MostInARow, "checks", "Bad ones in a row that take an endpoint out.");

    public static readonly Section<HealthCheckConfig> Tcp = new(
        "health check `tcp`",
        "An endpoint is well if it accepts a connection.",
        [Port, IntervalMs, TimeoutMs, HealthyThreshold, UnhealthyThreshold],
        static view => Of(view))
    { Rules = CheckTimes };

    public static readonly Section<HealthCheckConfig> Http = new(
        "health check `http`",
        "An endpoint is well if it answers a GET with 2xx or 3xx. It is asked with the client's `tls` and `protocol`; on another port in plain "
        + "HTTP/1.1.",
        [Path, Host, Port, IntervalMs, TimeoutMs, HealthyThreshold, UnhealthyThreshold],
        static view => Of(view) with { Path = view.Get(Path), Host = view.Get(Host) })
    { Rules = CheckTimes };

    private static HealthCheckConfig Of(SectionView view) => new()
    {
        Port = view.Get(Port),
        IntervalMs = view.Get(IntervalMs),
        TimeoutMs = view.Find(TimeoutMs) is null ? Math.Min(TimeoutMs.Default, view.Get(IntervalMs)) : view.Get(TimeoutMs),
        HealthyThreshold = view.Get(HealthyThreshold),
        UnhealthyThreshold = view.Get(UnhealthyThreshold),
    };

    private static void CheckTimes(SectionView view, CheckContext context)
    {
        if (view.Find(TimeoutMs) is not null) SharedKeys.CheckOrder(view, TimeoutMs, IntervalMs, context);
    }

    /// <summary>What may stand in a request line between two spaces.</summary>
    public static bool IsRequestTarget(string text) =>
        text.Length is > 0 and <= 1024 && text[0] == '/' && !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.Contains('#');

    public static bool IsAuthority(string text) =>
        text.Length is > 0 and <= 253 && text.All(static character => char.IsAsciiLetterOrDigit(character) || "-._:[]".Contains(character));
}

/// <summary>The kinds of <c>healthCheck</c>.</summary>
internal static class HealthCheckKinds
{
    public static readonly KindTable Table = new(
        "a health check",
        "kind",
        null,
        [
            new Kind<HealthCheckConfig>("tcp", "A connection is enough.", HealthCheckKeys.Tcp),
            new Kind<HealthCheckConfig>("http", "A path must answer.", HealthCheckKeys.Http),
        ]);
}
