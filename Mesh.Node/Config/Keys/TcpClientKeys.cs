using System.Collections.Immutable;
using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;
using Mesh.Routing.Balancing;

namespace Mesh.Node.Config.Keys;

/// <summary>The parameters of <c>client</c> in a router <c>tcp</c>: those of HTTP that mean something where nobody reads the bytes.</summary>
internal static class TcpClientKeys
{
    public static readonly ChoiceKey<ProxyHeaderVersion> ProxyProtocol = new(
        "proxyProtocol", ProxyHeaderVersion.None, [("none", ProxyHeaderVersion.None), ("v1", ProxyHeaderVersion.V1), ("v2", ProxyHeaderVersion.V2)],
        "Whether endpoints are told at the beginning of each connection who its client is and what it connected to (PROXY protocol), as text "
        + "(`v1`) or binary (`v2`). They must expect it. Instances behind other nodes are told the same, by their own node.");

    private static readonly ImmutableArray<Key> s_parameters =
    [
        ClientKeys.LoadBalancer, ClientKeys.FailureAccrual, ClientKeys.FailFast, ClientKeys.RequeueBudget, ClientKeys.ConnectTimeoutMs,
        ClientKeys.Concurrency, ClientKeys.HealthCheck, ClientKeys.Tls, ProxyProtocol,
        new FixedSocketOptionsKey("Options of sockets to endpoints."),
        new UnsupportedKey("protocol", "A router `tcp` speaks no protocol of its own"),
        new InertKey("hostConnectionPool", "Kept connections.", "each connection of a client is one of an endpoint; see `concurrency`"),
        new InertKey("requestAttemptTimeoutMs", "The wait for a response.", "there are no responses; see `idleTimeoutMs` of the server"),
    ];

    /// <summary>The least loaded: how long a connection lives is no latency.</summary>
    public static ClientConfig Default { get; } =
        ClientConfig.Default with { LoadBalancer = BalancerConfig.Default with { Kind = BalancerKind.LeastLoaded } };

    public static readonly Section<PolicyConfig<ClientConfig>> Global = new(
        "`client` of a router `tcp`",
        "How destinations are called, all alike. Where no `loadBalancer` is written the endpoint with the fewest open connections of two that are "
        + "drawn is taken.",
        s_parameters,
        static view => new PolicyConfig<ClientConfig>(Over(view, Default), []))
    { Beside = Beside, Rules = CheckAffinity };

    public static readonly Section<PolicyRule<ClientConfig>> Prefixed = new(
        "an item of `configs` of a router `tcp`",
        "The parameters of destinations whose names the prefix matches.",
        [ClientKeys.Prefix, .. s_parameters],
        static view => new PolicyRule<ClientConfig>(view.Get(ClientKeys.Prefix), below => Over(view, below))
        {
            Text = YamlText.Of(view.Mapping),
            Fill = view.Find(ClientKeys.Tls) is null ? null : static (config, captures) => config with { Tls = config.Tls?.With(captures) },
        })
    { Beside = Beside, Rules = CheckItem };

    public static readonly ListKey<PolicyRule<ClientConfig>> Configs = new(
        "configs", new SectionKey<PolicyRule<ClientConfig>>("configs", Prefixed, "Parameters of a prefix."), [],
        "one item or more, each with a `prefix`") { Required = true };

    public static readonly Section<PolicyConfig<ClientConfig>> Static = new(
        "`client` of a router `tcp`, of kind `io.l5d.static`",
        "How destinations are called, by prefix of their names. Every item that matches counts, in the order written; of a parameter that two of "
        + "them set, the later wins.",
        [Configs],
        static view => new PolicyConfig<ClientConfig>(Default, view.Get(Configs)));

    private static ImmutableArray<Key> Beside() => [TcpRouterKeys.Servers];

    private static ClientConfig Over(SectionView view, ClientConfig below) => ClientKeys.Over(view, below) with
    {
        Protocol = null,
        ProxyProtocol = view.GetOr(ProxyProtocol, below.ProxyProtocol),
    };

    private static void CheckItem(SectionView view, CheckContext context)
    {
        ClientTlsKeys.CheckCaptures(view, ClientKeys.Tls, ClientKeys.Prefix, context);
        CheckAffinity(view, context);
    }

    private static void CheckAffinity(SectionView view, CheckContext context)
    {
        if (view.Find(ClientKeys.LoadBalancer) is not YamlMapping written) return;
        if (BalancerKinds.Table.Named(written) is not Kind<BalancerChoice> kind) return;
        if (kind.Typed.Build(written).Affinity is { Kind: not RequestKeyKind.Source })
            context.Faults.Fault(view.At(ClientKeys.LoadBalancer),
                "a router `tcp` reads no headers: the `key` of its `loadBalancer` can only be `kind: source`, the client's address");
    }
}

/// <summary>The kinds of <c>client</c> in a router <c>tcp</c>.</summary>
internal static class TcpClientKinds
{
    public static readonly KindTable Table = new(
        "`client`",
        "kind",
        "io.l5d.global",
        [
            new Kind<PolicyConfig<ClientConfig>>("io.l5d.global", "One policy for all destinations.", TcpClientKeys.Global),
            new Kind<PolicyConfig<ClientConfig>>("io.l5d.static", "A policy for each prefix of destinations.", TcpClientKeys.Static),
        ]);
}
