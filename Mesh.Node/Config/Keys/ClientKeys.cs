using System.Collections.Immutable;
using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;
using Mesh.Routing.Accrual;
using Mesh.Routing.Limits;
using Mesh.Routing.Retries;

namespace Mesh.Node.Config.Keys;

/// <summary>The parameters of <c>client</c>, alike for all destinations (<c>io.l5d.global</c>) and by prefix (<c>io.l5d.static</c>).</summary>
internal static class ClientKeys
{
    public static readonly KindKey<BalancerChoice> LoadBalancer = new("loadBalancer", BalancerKinds.Table, "How an endpoint is picked.");

    public static readonly KindKey<AccrualConfig> FailureAccrual = new(
        "failureAccrual", AccrualKinds.Table, "When an endpoint is taken out.");

    public static readonly IntKey ConnectTimeoutMs = new(
        "connectTimeoutMs", ClientConfig.DefaultConnectTimeoutMs, 1, SharedKeys.MaxMs, "ms",
        "Longest wait for a connection: for one of a full pool to come free, and again for a new one to be opened; Mesh's own key.");

    public static readonly OptionalIntKey RequestAttemptTimeoutMs = new(
        "requestAttemptTimeoutMs", "300000", 1, SharedKeys.MaxMs, "ms", "Longest wait for the response head of one attempt.");

    public static readonly SectionKey<ConnectionPoolConfig> HostConnectionPool = new(
        "hostConnectionPool", PoolKeys.Section, "The connections to one endpoint.");

    public static readonly SectionKey<RetryBudgetConfig> RequeueBudget = new(
        "requeueBudget", BudgetKeys.Section, "How many requests may be sent again because they provably reached nobody.");

    public static readonly KindKey<ConcurrencyConfig?> Concurrency = new(
        "concurrency", ConcurrencyKinds.Table,
        "How many requests may be in flight to a destination; as many as come where it is not written; Mesh's own key.");

    public static readonly KindKey<HealthCheckConfig?> HealthCheck = new(
        "healthCheck", HealthCheckKinds.Table, "Active checks of each endpoint; none where it is not written; Mesh's own key.");

    public static readonly ChoiceKey<ClientProtocol> Protocol = new(
        "protocol", ClientProtocol.Http1, [("http1", ClientProtocol.Http1), ("h2", ClientProtocol.Http2), ("auto", ClientProtocol.Auto)],
        "What is spoken to endpoints: `http1` is HTTP/1.1; `h2` is HTTP/2, with `tls` agreed on in the handshake, without known to be spoken "
        + "there; `auto` is with `tls` what the endpoint chooses, without what the request came by. In a router `h2` the default is `h2`. Registered "
        + "instances are spoken with as their `protocol` says; Mesh's own key.");

    public static readonly MatcherKey Prefix = new(
        "prefix", "which destinations: what their names begin with, such as `/#/io.l5d.fs/users`")
    {
        Required = true,
        Doubt = static prefix => MatcherKey.FirstText(prefix) is null or "#" or "$" or "%" ? null
            : "`prefix` matches no destination: their names begin with `/#/`, `/$/` or `/%/`, as `mesh dtab eval` shows; `/svc/users` is a name of "
              + "`service`",
    };

    public static readonly BoolKey FailFast = new(
        "failFast", false,
        "Whether one connection that cannot be made takes an endpoint out, whatever `failureAccrual` is; it rests by its `backoff`.");

    public static readonly SectionKey<ClientSessionConfig> ClientSession = new(
        "clientSession", ClientSessionKeys.Section, "How long a connection to an endpoint may live.");

    public static readonly SectionKey<ClientTlsConfig?> Tls = new("tls", ClientTlsKeys.Section, "TLS to endpoints.");

    public static readonly BoolKey ForwardClientCert = new(
        "forwardClientCert", false,
        "Whether endpoints are told in `x-forwarded-client-cert` whose certificate the client showed; a client's own header of that name never "
        + "passes.");

    private static readonly ImmutableArray<Key> s_parameters =
    [
        LoadBalancer, FailureAccrual, FailFast, RequeueBudget, ConnectTimeoutMs, RequestAttemptTimeoutMs, HostConnectionPool, ClientSession,
        Concurrency, HealthCheck, Protocol,
        new FixedSocketOptionsKey("Options of sockets to endpoints."),
        Tls, ForwardClientCert, .. Http2Keys.OfClient,
        new UnsupportedKey("proxyProtocol", "Connections to endpoints are shared by clients; routers `tcp` have it", "none"),
        new UnsupportedKey("requestAuthorizers", "Who may call what.", "[]"),
    ];

    public static readonly Section<PolicyConfig<ClientConfig>> Global = new(
        "`client`",
        "How destinations are called, all alike.",
        s_parameters,
        static view => new PolicyConfig<ClientConfig>(Over(view, ClientConfig.Default), []))
    { Beside = Beside };

    public static readonly Section<PolicyRule<ClientConfig>> Prefixed = new(
        "an item of `configs`",
        "The parameters of destinations whose names the prefix matches.",
        [Prefix, .. s_parameters],
        static view => new PolicyRule<ClientConfig>(view.Get(Prefix), below => Over(view, below))
        {
            Text = YamlText.Of(view.Mapping),
            Fill = view.Find(Tls) is null ? null : static (config, captures) => config with { Tls = config.Tls?.With(captures) },
        })
    { Beside = Beside, Rules = static (view, context) => ClientTlsKeys.CheckCaptures(view, Tls, Prefix, context) };

    public static readonly ListKey<PolicyRule<ClientConfig>> Configs = new(
        "configs", new SectionKey<PolicyRule<ClientConfig>>("configs", Prefixed, "Parameters of a prefix."), [],
        "one item or more, each with a `prefix`") { Required = true };

    public static readonly Section<PolicyConfig<ClientConfig>> Static = new(
        "`client` of kind `io.l5d.static`",
        "How destinations are called, by prefix of their names. Every item that matches counts, in the order written; of a parameter that two of "
        + "them set, the later wins, a mapping such as `hostConnectionPool` as a whole.",
        [Configs],
        static view => new PolicyConfig<ClientConfig>(ClientConfig.Default, view.Get(Configs)));

    private static ImmutableArray<Key> Beside() => [RouterKeys.Service, RouterKeys.Servers];

    /// <summary>What is written, over what holds without it.</summary>
    public static ClientConfig Over(SectionView view, ClientConfig below)
    {
        BalancerChoice balancing = view.GetOr(LoadBalancer, new(below.LoadBalancer, below.Affinity));
        return new ClientConfig(
            balancing.Balancer,
            view.GetOr(FailureAccrual, below.FailureAccrual),
            view.GetOr(ConnectTimeoutMs, below.ConnectTimeoutMs),
            view.GetOr(RequestAttemptTimeoutMs, below.RequestAttemptTimeoutMs),
            view.GetOr(HostConnectionPool, below.Pool))
        {
            Affinity = balancing.Affinity,
            RequeueBudget = view.GetOr(RequeueBudget, below.RequeueBudget),
            Concurrency = view.GetOr(Concurrency, below.Concurrency),
            Session = view.GetOr(ClientSession, below.Session),
            FailFast = view.GetOr(FailFast, below.FailFast),
            HealthCheck = view.GetOr(HealthCheck, below.HealthCheck),
            Protocol = view.Find(Protocol) is null ? below.Protocol : view.Get(Protocol),
            Http2 = Http2Keys.Over(view, below.Http2),
            Tls = view.GetOr(Tls, below.Tls),
            ForwardClientCert = view.GetOr(ForwardClientCert, below.ForwardClientCert),
        };
    }
}

/// <summary>The keys of <c>clientSession</c>.</summary>
internal static class ClientSessionKeys
{
    public static readonly OptionalIntKey IdleTimeMs = new(
        "idleTimeMs", "hostConnectionPool's", 1, int.MaxValue, "ms",
        "A connection without a request closes after this long, if `hostConnectionPool.idleTimeMs` does not close it sooner.");

    public static readonly OptionalIntKey LifeTimeMs = new(
        "lifeTimeMs", "unlimited", 1, int.MaxValue, "ms", "A connection older than this serves no further request.");

    public static readonly Section<ClientSessionConfig> Section = new(
        "`clientSession`",
        "How long a connection to an endpoint may live; a request that is out is never cut off.",
        [IdleTimeMs, LifeTimeMs],
        static view => new ClientSessionConfig(view.Get(IdleTimeMs), view.Get(LifeTimeMs)));
}

/// <summary>The keys of <c>hostConnectionPool</c>.</summary>
internal static class PoolKeys
{
    public static readonly IntKey MinSize = new(
        "minSize", ConnectionPoolConfig.DefaultMinSize, 0, int.MaxValue, "connections", "Not closed for being idle; none is opened ahead of need.");

    public static readonly IntKey MaxSize = new(
        "maxSize", ConnectionPoolConfig.DefaultMaxSize, 1, int.MaxValue, "connections", "Open at once to one endpoint.");

    public static readonly IntKey IdleTimeMs = new(
        "idleTimeMs", ConnectionPoolConfig.DefaultIdleTimeMs, 1, int.MaxValue, "ms", "An idle connection above `minSize` closes after this long.");

    public static readonly IntKey MaxWaiters = new(
        "maxWaiters", ConnectionPoolConfig.DefaultMaxWaiters, 0, int.MaxValue, "requests",
        "Requests that wait for a connection; the next is refused.");

    public static readonly Section<ConnectionPoolConfig> Section = new(
        "`hostConnectionPool`",
        "The connections to one endpoint.",
        [MinSize, MaxSize, IdleTimeMs, MaxWaiters],
        static view => new ConnectionPoolConfig(view.Get(MinSize), view.Get(MaxSize), view.Get(IdleTimeMs), view.Get(MaxWaiters)))
    { Rules = static (view, context) => SharedKeys.CheckOrder(view, MinSize, MaxSize, context) };
}
