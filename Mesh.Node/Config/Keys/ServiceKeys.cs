using System.Collections.Immutable;
using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Keys;

/// <summary>The parameters of <c>service</c>, alike for all service names (<c>io.l5d.global</c>) and by prefix (<c>io.l5d.static</c>).</summary>
internal static class ServiceKeys
{
    public static readonly OptionalIntKey TotalTimeoutMs = new(
        "totalTimeoutMs", "unlimited", 1, SharedKeys.MaxMs, "ms",
        "From a request's first byte to its response head, binding and every attempt included; 503 beyond.");

    public static readonly KindKey<ResponseClassifier> Classifier = new(
        "responseClassifier", ClassifierKinds.Table,
        "Which responses count as failures, and which requests may be sent again then; 5xx and none where it is not written.");

    public static readonly SectionKey<RetriesConfig> Retries = new("retries", RetryKeys.Section, "How requests that failed are sent again.");

    public static readonly ListKey<ServiceRateLimitConfig> RateLimits = new(
        "rateLimits", new SectionKey<ServiceRateLimitConfig>("rateLimits", RateLimitKeys.Section, "A limit."), [],
        "How many requests the service takes; Mesh's own key.") { Most = ServiceRateLimitConfig.MaxOfService };

    public static readonly ListKey<FaultInjectionConfig> FaultInjection = new(
        "faultInjection", new SectionKey<FaultInjectionConfig>("faultInjection", FaultInjectionKeys.Section, "A drill."), [],
        "Drills: failures made on purpose; Mesh's own key.") { Most = FaultInjectionConfig.MaxOfService };

    public static readonly MatcherKey Prefix = new(
        "prefix", "which service names: what they begin with, such as `/svc/users`")
    {
        Required = true,
        Doubt = static prefix => MatcherKey.FirstText(prefix) is not ("#" or "$" or "%") ? null
            : "`prefix` matches no service: their names begin with the router's `dstPrefix`, `/svc`; `/#/io.l5d.fs/users` is a name of `client`",
    };

    private static readonly ImmutableArray<Key> s_parameters =
        [TotalTimeoutMs, Classifier, Retries, RateLimits, FaultInjection];

    public static readonly Section<PolicyConfig<ServiceConfig>> Global = new(
        "`service`",
        "How service names are treated, all alike.",
        s_parameters,
        static view => new PolicyConfig<ServiceConfig>(Over(view, ServiceConfig.Default), []))
    { Beside = Beside, Rules = CheckTogether };

    public static readonly Section<PolicyRule<ServiceConfig>> Prefixed = new(
        "an item of `configs`",
        "The parameters of service names that the prefix matches.",
        [Prefix, .. s_parameters],
        static view => new PolicyRule<ServiceConfig>(view.Get(Prefix), below => Over(view, below)) { Text = YamlText.Of(view.Mapping) })
    { Beside = Beside, Rules = CheckTogether };

    public static readonly ListKey<PolicyRule<ServiceConfig>> Configs = new(
        "configs", new SectionKey<PolicyRule<ServiceConfig>>("configs", Prefixed, "Parameters of a prefix."), [],
        "one item or more, each with a `prefix`") { Required = true };

    public static readonly Section<PolicyConfig<ServiceConfig>> Static = new(
        "`service` of kind `io.l5d.static`",
        "How service names are treated, by prefix. Every item that matches counts, in the order written; of a parameter that two of them set, the "
        + "later wins; `retries` is a parameter for each of its keys.",
        [Configs],
        static view => new PolicyConfig<ServiceConfig>(ServiceConfig.Default, view.Get(Configs)));

    private static ImmutableArray<Key> Beside() => [RouterKeys.Client, RouterKeys.Servers];

    private static void CheckTogether(SectionView view, CheckContext context)
    {
        if (view.Find(Retries) is not YamlMapping written || view.Get(TotalTimeoutMs) is not { } total) return;
        var retries = new SectionView(written);
        if (retries.Get(RetryKeys.HedgeDelayMs) is { } delay && delay >= total)
            context.Faults.Warn(retries.At(RetryKeys.HedgeDelayMs),
                $"`hedgeDelayMs` ({delay}) is not below `totalTimeoutMs` ({total}): no request lives long enough to be hedged");
    }

    private static ServiceConfig Over(SectionView view, ServiceConfig below) =>
        new(view.GetOr(TotalTimeoutMs, below.TotalTimeoutMs), view.GetOr(Classifier, below.Classifier))
        {
            Retries = RetryKeys.Over(view.Find(Retries), below.Retries),
            RateLimits = view.GetOr(RateLimits, below.RateLimits),
            FaultInjection = view.GetOr(FaultInjection, below.FaultInjection),
        };
}

/// <summary>The kinds of <c>service</c>.</summary>
internal static class ServiceKinds
{
    public static readonly KindTable Table = new(
        "`service`",
        "kind",
        "io.l5d.global",
        [
            new Kind<PolicyConfig<ServiceConfig>>("io.l5d.global", "One policy for all service names.", ServiceKeys.Global),
            new Kind<PolicyConfig<ServiceConfig>>("io.l5d.static", "A policy for each prefix of service names.", ServiceKeys.Static),
        ]);
}

/// <summary>The kinds of <c>responseClassifier</c>.</summary>
internal static class ClassifierKinds
{
    public static readonly KindTable Table = new(
        "a response classifier",
        "kind",
        null,
        [
            Classifier("io.l5d.http.nonRetryable5XX", "5xx are failures, and none is sent again.", ResponseClassifier.ServerErrors),
            Classifier("io.l5d.http.retryableRead5XX",
                "5xx are failures; GET, HEAD, OPTIONS and TRACE may be sent again.", ResponseClassifier.RetryableRead),
            Classifier("io.l5d.http.retryableIdempotent5XX",
                "5xx are failures; GET, HEAD, OPTIONS, TRACE, PUT and DELETE may be sent again.", ResponseClassifier.RetryableIdempotent),
            Classifier("io.l5d.http.retryableAll5XX",
                "5xx are failures; requests of every method may be sent again.", ResponseClassifier.RetryableAll),
            Classifier("io.l5d.http.allSuccessful", "No complete response is a failure.", ResponseClassifier.None),
        ]);

    private static Kind<ResponseClassifier> Classifier(string name, string doc, ResponseClassifier value) =>
        new(name, doc, new Section<ResponseClassifier>($"response classifier `{name}`", doc, [SharedKeys.Experimental], _ => value))
        {
            Aliases = [name.Replace(".http.", ".h2.", StringComparison.Ordinal)],
        };
}
