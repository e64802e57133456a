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

    public static readonly KindKey<ClassifierConfig> Classifier = new(
        "responseClassifier", ClassifierKinds.Table,
        "Which responses count as failures, and which requests may be sent again then; 5xx, gRPC's own failures, and none where it is not written.");

    public static readonly SectionKey<RetryBufferSize> RetryBufferSize = new(
        "retryBufferSize", RetryBufferKeys.Section,
        "How much is kept of a request, and of a gRPC call's response, so that the request can be sent again.");

    public static readonly IntKey ClassificationTimeoutMs = new(
        "classificationTimeoutMs", RetriesConfig.DefaultClassificationTimeoutMs, 0, SharedKeys.MaxMs, "ms",
        "How long the response of a gRPC call that may be made again is held for its status; then it passes, and is final. 0: not at all.");

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
        [TotalTimeoutMs, Classifier, RetryBufferSize, ClassificationTimeoutMs, Retries, RateLimits, FaultInjection];

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

    /// <summary>The classifier that is written, over what holds without it.</summary>
    public static ServiceConfig WithClassifier(SectionView view, ServiceConfig below)
    {
        if (view.Find(Classifier) is null) return below;
        ClassifierConfig written = view.Get(Classifier);
        return below with { Classifier = written.Http, Grpc = written.Grpc };
    }

    /// <summary>Linkerd's keys stand beside <c>retries</c>; <c>retries.maxBufferBytes</c> goes before <c>retryBufferSize.requestBytes</c>.</summary>
    private static RetriesConfig RetriesOver(SectionView view, RetriesConfig below)
    {
        RetryBufferSize size = RetryBufferKeys.Over(view.Find(RetryBufferSize), below);
        return RetryKeys.Over(view.Find(Retries), below with
        {
            MaxBufferBytes = size.RequestBytes,
            MaxResponseBufferBytes = size.ResponseBytes,
            ClassificationTimeoutMs = view.GetOr(ClassificationTimeoutMs, below.ClassificationTimeoutMs),
        });
    }

    private static ServiceConfig Over(SectionView view, ServiceConfig below) =>
        WithClassifier(view, below) with
        {
            TotalTimeoutMs = view.GetOr(TotalTimeoutMs, below.TotalTimeoutMs),
            Retries = RetriesOver(view, below.Retries),
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
