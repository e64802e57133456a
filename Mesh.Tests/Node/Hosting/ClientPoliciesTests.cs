using Mesh.Node.Config;
using Mesh.Node.Hosting;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Tests.Node.Config;
using Mesh.Wire.Http1;
using Mesh.Wire.Pools;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.Hosting;

/// <summary>What of the config reaches destinations, and what of a reload they need not hear of.</summary>
public sealed class ClientPoliciesTests
{
    private static readonly Path s_client = Path.Parse("/#/io.l5d.fs/a");

    [Fact]
    public void Destinations_GetTheBalancerAndTheAccrualOfTheConfig()
    {
        ClientPolicies policies = Of(
            "loadBalancer: {kind: heap, panicThreshold: 0.25}, failureAccrual: {kind: successRate, successRate: 0.5, requests: 9}");

        DestinationOptions options = policies.OptionsOf(s_client);

        Assert.Equal(new BalancerConfig { Kind = BalancerKind.Heap, PanicThreshold = 0.25 }, options.Balancer);
        Assert.Equal(new AccrualConfig.SuccessRate(0.5, 9), options.Accrual);
    }

    [Theory]
    [InlineData("requestAttemptTimeoutMs: 5")]
    [InlineData("requeueBudget: {ttlSecs: 5}")]
    [InlineData("concurrency: {kind: fixed}")]
    [InlineData("healthCheck: {kind: tcp}")]
    public void WhatRequestsReadThemselves_LeavesDestinationsAlone(string changed)
    {
        ClientPolicies policies = Of("");
        DestinationOptions before = policies.OptionsOf(s_client);

        policies.Config = Config(changed);

        Assert.Equal(before, policies.OptionsOf(s_client));
    }

    [Theory]
    [InlineData("loadBalancer: {kind: p2c}")]
    [InlineData("loadBalancer: {slowStartMs: 5}")]
    [InlineData("failureAccrual: {maxEjectedShare: 0.5}")]
    [InlineData("connectTimeoutMs: 5")]
    [InlineData("hostConnectionPool: {maxSize: 5}")]
    [InlineData("tls: {commonName: web}")]
    public void WhatDestinationsAreBuiltOf_IsToldThem(string changed)
    {
        ClientPolicies policies = Of("");
        DestinationOptions before = policies.OptionsOf(s_client);

        policies.Config = Config(changed);

        Assert.NotEqual(before, policies.OptionsOf(s_client));
    }

    private static ClientPolicies Of(string client)
    {
        NodeLog log = new(TextWriter.Null, TimeProvider.System);
        TlsParts tls = TlsParts.Of(Loading.Config(Loading.Minimal), log, TimeProvider.System);
        return new ClientPolicies(Config(client), new PoolTable([]), new Http1Limits(), tls, 1);
    }

    private static PolicyConfig<ClientConfig> Config(string client) =>
        Loading.Config(Loading.Minimal + $"  client: {{{client}}}\n").Routers[0].Client;
}
