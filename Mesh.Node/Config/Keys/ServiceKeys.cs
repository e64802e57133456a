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
        "responseClassifier", ClassifierKinds.Table, "Which responses count as failures; 5xx where none is written.");

    public static readonly MatcherKey Prefix = new(
        "prefix", "which service names: what they begin with, such as `/svc/users`") { Required = true };

    private static readonly ImmutableArray<Key> s_parameters =
        [TotalTimeoutMs, Classifier, new UnsupportedKey("retries", "Retries by budget and backoff.")];

    public static readonly Section<PolicyConfig<ServiceConfig>> Global = new(
        "`service`",
        "How service names are treated, all alike.",
        s_parameters,
        static view => new PolicyConfig<ServiceConfig>(Over(view, ServiceConfig.Default), []));

    public static readonly Section<PolicyRule<ServiceConfig>> Prefixed = new(
        "an item of `configs`",
        "The parameters of service names that the prefix matches.",
        [Prefix, .. s_parameters],
        static view => new PolicyRule<ServiceConfig>(view.Get(Prefix), below => Over(view, below)) { Text = YamlText.Of(view.Mapping) });

    public static readonly ListKey<PolicyRule<ServiceConfig>> Configs = new(
        "configs", new SectionKey<PolicyRule<ServiceConfig>>("configs", Prefixed, "Parameters of a prefix."), [],
        "one item or more, each with a `prefix`") { Required = true };

    public static readonly Section<PolicyConfig<ServiceConfig>> Static = new(
        "`service` of kind `io.l5d.static`",
        "How service names are treated, by prefix. Every item that matches counts, in the order written; of a parameter that two of them set, the "
        + "later wins.",
        [Configs],
        static view => new PolicyConfig<ServiceConfig>(ServiceConfig.Default, view.Get(Configs)));

    private static ServiceConfig Over(SectionView view, ServiceConfig below) =>
        new(view.GetOr(TotalTimeoutMs, below.TotalTimeoutMs), view.GetOr(Classifier, below.Classifier));
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
    private const string Retryable = "retries of requests";

    public static readonly KindTable Table = new(
        "a response classifier",
        "kind",
        null,
        [
            Classifier("io.l5d.http.nonRetryable5XX", "5xx are failures.", ResponseClassifier.ServerErrors),
            Classifier("io.l5d.http.allSuccessful", "No complete response is a failure.", ResponseClassifier.None),
            Kind.NotSupported("io.l5d.http.retryableRead5XX", Retryable + " that read"),
            Kind.NotSupported("io.l5d.http.retryableIdempotent5XX", Retryable + " that may be made twice"),
            Kind.NotSupported("io.l5d.http.retryableAll5XX", Retryable + " of every method"),
        ]);

    private static Kind<ResponseClassifier> Classifier(string name, string doc, ResponseClassifier value) =>
        new(name, doc, new Section<ResponseClassifier>($"response classifier `{name}`", doc, [SharedKeys.Experimental], _ => value));
}
