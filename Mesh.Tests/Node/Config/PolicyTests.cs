using Mesh.Node.Config;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Retries;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.Config;

/// <summary>Parameters by prefix: which rules match, and what of theirs wins.</summary>
public sealed class PolicyTests
{
    private const string Client = """
          client:
            kind: io.l5d.static
            configs:
            - prefix: /
              requestAttemptTimeoutMs: 1000
              hostConnectionPool: {maxSize: 10, maxWaiters: 3}
            - prefix: /#/*/{service}
              connectTimeoutMs: 7
            - prefix: /#/io.l5d.fs/dog
              loadBalancer: {kind: p2c}
              hostConnectionPool: {minSize: 2}
              failureAccrual: {kind: none}
            - prefix: /#/io.l5d.fs/d{rest}g
              requestAttemptTimeoutMs: 9

        """;

    [Fact]
    public void EveryRuleThatMatches_Counts_AndTheLaterWins()
    {
        ClientConfig dog = Loading.Config(Loading.Minimal + Client).Routers[0].Client.For(Path.Parse("/#/io.l5d.fs/dog"));

        Assert.Equal((7, 9), (dog.ConnectTimeoutMs, dog.RequestAttemptTimeoutMs));
        Assert.Equal(BalancerKind.LeastLoaded, dog.LoadBalancer.Kind);
        Assert.Equal(new AccrualConfig.None(), dog.FailureAccrual);
    }

    [Fact]
    public void MappingOfALaterRule_ReplacesTheEarlierWhole()
    {
        ClientConfig dog = Loading.Config(Loading.Minimal + Client).Routers[0].Client.For(Path.Parse("/#/io.l5d.fs/dog"));

        Assert.Equal(ConnectionPoolConfig.Default with { MinSize = 2 }, dog.Pool);
    }

    [Fact]
    public void WhatNoRuleSets_HasItsDefault()
    {
        ClientConfig inet = Loading.Config(Loading.Minimal + Client).Routers[0].Client.For(Path.Parse("/$/inet/a/1"));

        Assert.Equal(ClientConfig.Default with { RequestAttemptTimeoutMs = 1000, Pool = new ConnectionPoolConfig(0, 10, 60_000, 3) }, inet);
    }

    [Fact]
    public void GlobalKind_HoldsForEveryName()
    {
        PolicyConfig<ClientConfig> client = Loading.Config(Loading.Minimal + "  client: {connectTimeoutMs: 5}\n").Routers[0].Client;

        Assert.Equal(ClientConfig.Default with { ConnectTimeoutMs = 5 }, client.For(Path.Parse("/#/a")));
    }

    [Fact]
    public void Services_HaveTheirOwn_ByPrefixOfTheirNames()
    {
        const string Text = "  service:\n    kind: io.l5d.static\n    configs:\n    - {prefix: /svc, totalTimeoutMs: 500}\n"
            + "    - {prefix: /svc/foo, totalTimeoutMs: 1000}\n    - {prefix: /svc/bar, responseClassifier: {kind: http.allSuccessful}}\n";

        PolicyConfig<ServiceConfig> service = Loading.Config(Loading.Minimal + Text).Routers[0].Service;

        Assert.Equal(new ServiceConfig(1000, ResponseClassifier.ServerErrors), service.For(Path.Parse("/svc/foo/x")));
        Assert.Equal(new ServiceConfig(500, ResponseClassifier.None), service.For(Path.Parse("/svc/bar")));
        Assert.Equal(ServiceConfig.Default, service.For(Path.Parse("/other")));
    }

    [Fact]
    public void GlobalService_SetsTimeoutAndClassifier()
    {
        PolicyConfig<ServiceConfig> service = Loading.Config(Loading.Minimal
            + "  service: {totalTimeoutMs: 7, responseClassifier: {kind: io.l5d.http.allSuccessful}}\n").Routers[0].Service;

        Assert.Equal(new ServiceConfig(7, ResponseClassifier.None), service.For(Path.Parse("/svc/x")));
    }

    [Fact]
    public void KeysOfRetries_AreParametersOfTheirOwn_AsInLinkerd()
    {
        const string Text = "  service:\n    kind: io.l5d.static\n    configs:\n"
            + "    - {prefix: /svc, retries: {budget: {ttlSecs: 15}, maxRetries: 2}}\n"
            + "    - {prefix: /svc/foo, retries: {backoff: {kind: constant, ms: 7}, maxRetries: 3}}\n"
            + "    - {prefix: /svc/foo, retries: {budget: {minRetriesPerSec: 1}}}\n";

        RetriesConfig foo = Loading.Config(Loading.Minimal + Text).Routers[0].Service.For(Path.Parse("/svc/foo")).Retries;
        RetriesConfig bar = Loading.Config(Loading.Minimal + Text).Routers[0].Service.For(Path.Parse("/svc/bar")).Retries;

        Assert.Equal(
            RetriesConfig.Default with
            {
                Budget = new RetryBudgetConfig { MinRetriesPerSecond = 1 },
                Backoff = new BackoffConfig.Constant(TimeSpan.FromMilliseconds(7)),
                MaxRetries = 3,
            },
            foo);
        Assert.Equal((TimeSpan.FromSeconds(15), null, 2), (bar.Budget.TimeToLive, bar.Backoff, bar.MaxRetries));
    }

    [Fact]
    public void Balancer_ComesWithItsKey_AndAnotherTakesItAway()
    {
        const string Text = "  client:\n    kind: io.l5d.static\n    configs:\n"
            + "    - {prefix: /, loadBalancer: {kind: ringHash, key: {kind: cookie, name: sid}}}\n"
            + "    - {prefix: /#/a, connectTimeoutMs: 5}\n"
            + "    - {prefix: /#/b, loadBalancer: {kind: p2c}}\n";
        PolicyConfig<ClientConfig> client = Loading.Config(Loading.Minimal + Text).Routers[0].Client;

        Assert.Equal(new RequestKeyConfig(RequestKeyKind.Cookie, "sid"), client.For(Path.Parse("/#/a")).Affinity);
        Assert.Equal(BalancerKind.RingHash, client.For(Path.Parse("/#/a")).LoadBalancer.Kind);
        Assert.Null(client.For(Path.Parse("/#/b")).Affinity);
    }

    [Fact]
    public void ServicesWithLists_AreEqual_WhereTheyHoldTheSame()
    {
        static ServiceConfig Of(string service) => Loading.Config(Loading.Minimal + service).Routers[0].Service.Defaults;
        const string Text = "  service: {rateLimits: [{requestsPerSec: 5, caller: {kind: source}}], faultInjection: [{abortStatus: 500}]}\n";

        Assert.Equal(Of(Text), Of("  # a word\n" + Text));
        Assert.Equal(Of(Text).GetHashCode(), Of(Text).GetHashCode());
        Assert.NotEqual(Of(Text), Of(Text.Replace("5,", "6,", StringComparison.Ordinal)));
        Assert.NotEqual(Of(Text), Of(Text.Replace("500", "501", StringComparison.Ordinal)));
    }

    [Fact]
    public void Policies_AreEqual_WhereTheySayTheSame()
    {
        PolicyConfig<ClientConfig> Of(string client) => Loading.Config(Loading.Minimal + client).Routers[0].Client;

        Assert.Equal(Of(Client), Of("  # a word\n" + Client.Replace("/#/io.l5d.fs/dog", "'/#/io.l5d.fs/dog'", StringComparison.Ordinal)));
        Assert.NotEqual(Of(Client), Of(Client.Replace("1000", "1001", StringComparison.Ordinal)));
        Assert.NotEqual(Of(Client), Of(Client.Replace("dog", "cat", StringComparison.Ordinal)));
        Assert.NotEqual(Of(""), Of("  client: {connectTimeoutMs: 5}\n"));
        Assert.Equal(Of(""), Of("  client: {connectTimeoutMs: 1000}\n"));
    }
}
