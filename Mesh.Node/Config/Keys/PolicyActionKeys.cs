using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of <c>redirect</c> and <c>rewrite</c> that change a path.</summary>
internal static class PathChangeKeys
{
    public static readonly TextKey Prefix = PolicyTexts.Path(
        "prefix", "as it came", "Stands in for `match.pathPrefix`; the rest of the path and the query stay. `/` takes the prefix away.");

    public static readonly TextKey Whole = PolicyTexts.Path("path", "as it came", "Stands in for the whole path; the query stays.");

    public static PathChangeConfig Build(SectionView view) => new(view.Get(Prefix), view.Get(Whole));

    public static bool IsWritten(SectionView view) => view.Find(Prefix) is not null || view.Find(Whole) is not null;

    public static void Check(SectionView view, CheckContext context)
    {
        if (view.Find(Prefix) is not null && view.Find(Whole) is { } whole)
            context.Faults.Fault(whole.At, "`path` and `prefix` contradict each other; write one of them");
    }
}

/// <summary>The keys of <c>redirect</c>.</summary>
internal static class PolicyRedirectKeys
{
    public static readonly RedirectStatusKey Status = new("status", "How the client is sent there; 307 and 308 keep method and body.");

    public static readonly TextKey Scheme = new(
        "scheme", null, "as it came", "`http` or `https`", static text => text is "http" or "https", "With this scheme, at its usual port.");

    public static readonly TextKey Host = PolicyTexts.Host("To this host.");

    public static readonly Section<RedirectConfig> Section = new(
        "`redirect`",
        "The request is answered with another address (`Location`); nobody is called.",
        [Status, Scheme, Host, PathChangeKeys.Prefix, PathChangeKeys.Whole],
        static view => new RedirectConfig(view.Get(Status), view.Get(Scheme), view.Get(Host), PathChangeKeys.Build(view)))
    { Rules = Check };

    private static void Check(SectionView view, CheckContext context)
    {
        PathChangeKeys.Check(view, context);
        if (view.Find(Scheme) is null && view.Find(Host) is null && !PathChangeKeys.IsWritten(view))
            context.Faults.Fault(view.Mapping?.At ?? default, "`redirect` leads back to itself; give it `scheme`, `host`, `prefix` or `path`");
    }
}

/// <summary>The keys of <c>rewrite</c>.</summary>
internal static class PolicyRewriteKeys
{
    public static readonly TextKey Host = PolicyTexts.Host("Stands in for the host that the client named, in what the backend is told.");

    public static readonly Section<RewriteConfig> Section = new(
        "`rewrite`",
        "The request is forwarded with another path or host. Names, and so destinations, stay as they were: a dtab decides on those.",
        [Host, PathChangeKeys.Prefix, PathChangeKeys.Whole],
        static view => new RewriteConfig(view.Get(Host), PathChangeKeys.Build(view)))
    { Rules = Check };

    private static void Check(SectionView view, CheckContext context)
    {
        PathChangeKeys.Check(view, context);
        if (view.Find(Host) is null && !PathChangeKeys.IsWritten(view))
            context.Faults.Fault(view.Mapping?.At ?? default, "`rewrite` changes nothing; give it `host`, `prefix` or `path`");
    }
}

/// <summary>The keys of <c>mirror</c>.</summary>
internal static class PolicyMirrorKeys
{
    public static readonly PathKey To = new("to", "the service name that copies go to, such as `/svc/users-shadow`") { Required = true };

    public static readonly DecimalKey Percent = new("percent", 100, 0, 100, "%", "How many of the requests that match.");

    public static readonly IntKey MaxInFlight = new(
        "maxInFlight", MirrorConfig.DefaultMaxInFlight, 1, MirrorConfig.MaxInFlightLimit, "copies",
        "At the same time, of this rule at this router; further ones are not made, and counted.");

    public static readonly Section<MirrorConfig> Section = new(
        "`mirror`",
        "Copies of requests are sent elsewhere, marked `mesh-mirror: 1`; their responses are dropped, and nobody waits for them.",
        [To, Percent, MaxInFlight],
        static view => new MirrorConfig(view.Get(To), view.Get(Percent), view.Get(MaxInFlight)))
    {
        Rules = static (view, context) =>
        {
            if (view.Find(To) is { } to && view.Get(To) == "/")
                context.Faults.Fault(to.At, "`to` is `/`; it must be a name such as `/svc/users-shadow`");
        },
    };
}

/// <summary>The keys of <c>fault</c>.</summary>
internal static class PolicyFaultKeys
{
    public static readonly DecimalKey Percent = new("percent", 100, 0, 100, "%", "How many of the requests that match.");

    public static readonly OptionalIntKey Status = new("status", "", 400, 599, "", "what they are answered with") { Required = true };

    public static readonly OptionalIntKey Ms = new("ms", "", 1, SharedKeys.MaxMs, "ms", "how long they wait") { Required = true };

    public static readonly SectionKey<Share> Abort = new("abort", AbortSection(), "A share is answered with an error by the node itself.");

    public static readonly SectionKey<Share> Delay = new("delay", DelaySection(), "A share waits before anything else happens to it.");

    public static readonly Section<PolicyFaultConfig> Section = new(
        "`fault`",
        "A drill. Delay and abort are drawn apart. A `faultInjection` of the config that hits the request goes first.",
        [Abort, Delay],
        static view =>
        {
            Share abort = view.Find(Abort) is null ? default! : view.Get(Abort), delay = view.Find(Delay) is null ? default! : view.Get(Delay);
            return new PolicyFaultConfig(abort?.Value ?? 0, abort?.Percent ?? 0, delay?.Value ?? 0, delay?.Percent ?? 0);
        })
    {
        Rules = static (view, context) =>
        {
            if (view.Find(Abort) is null && view.Find(Delay) is null)
                context.Faults.Fault(view.Mapping?.At ?? default, "`fault` does nothing; give it `abort`, `delay` or both");
        },
    };

    private static Section<Share> AbortSection() => new(
        "`abort`", "Requests that are answered in the backend's place.", [Status, Percent],
        static view => new Share(view.Get(Status) ?? 0, view.Get(Percent)));

    private static Section<Share> DelaySection() => new(
        "`delay`", "Requests that wait first.", [Ms, Percent], static view => new Share(view.Get(Ms) ?? 0, view.Get(Percent)));

    /// <summary>A status or a time, and how many meet it, per cent.</summary>
    internal sealed record Share(int Value, double Percent);
}

/// <summary>A status that sends a client elsewhere (RFC 9110 section 15.4).</summary>
internal sealed class RedirectStatusKey(string name, string doc) : ScalarKey<int>(name, RedirectConfig.DefaultStatus, doc)
{
    public override KeyShape Shape => new("number", Numbers.Text(Default), "", "301, 302, 303, 307, 308");

    public override ScalarForm Form => ScalarForm.Number;

    protected override string Expected => "301, 302, 303, 307 or 308";

    protected override bool TryParse(string text, out int value) => Numbers.TryParse(text, 301, 308, out value) && value is not (304 or 305 or 306);
}
