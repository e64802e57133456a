using System.Net;
using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary><c>services</c>, and the namer that finds them.</summary>
public sealed class ServicesConfigTests
{
    private const string Cluster = "cluster: {node: n1}\n";

    [Fact]
    public void Service_IsRead_WithItsDefaults()
    {
        MeshConfig config = Loading.Config(Loading.Minimal + Cluster + """
            services:
            - {name: Web, port: 8080}
            - {name: api, port: 81, ip: '::1', id: a, tags: [V2, v2], weight: 0.5, zone: z, healthCheck: {kind: http, path: /health}}
            """);

        HostedServiceConfig web = config.Services[0], api = config.Services[1];
        Assert.Equal(("web", 8080, IPAddress.Loopback, "n1-8080"), (web.Name, web.Port, web.Ip, web.IdOn("n1")));
        Assert.Equal((1.0, "", null), (web.Weight, web.Zone, web.HealthCheck));
        Assert.Equal((IPAddress.IPv6Loopback, "a", 0.5, "z"), (api.Ip, api.IdOn("n1"), api.Weight, api.Zone));
        Assert.Equal(["v2"], api.Tags.AsEnumerable());
        Assert.Equal("/health", api.HealthCheck?.Path);
    }

    [Fact]
    public void Namer_IsRead_WithItsDefaults()
    {
        MeshConfig config = Loading.Config(
            Loading.Minimal + Cluster + "namers:\n- kind: io.mesh.services\n- {kind: io.mesh.services, prefix: tagged, includeTag: true}\n");

        Assert.Equal(new ServicesNamerConfig("io.mesh.services", [], false), config.Namers[0]);
        Assert.Equal(new ServicesNamerConfig("tagged", [], true), config.Namers[1]);
    }

    [Theory]
    [InlineData("services: [{name: web, port: 1}]", "add a `cluster:` section (one node alone is `cluster: {node: n1}`)")]
    [InlineData("namers: [{kind: io.mesh.services}]", "add a `cluster:` section (one node alone is `cluster: {node: n1}`)")]
    [InlineData(Cluster + "services: [{port: 1}]", "a service needs `name`")]
    [InlineData(Cluster + "services: [{name: web}]", "a service needs `port`")]
    [InlineData(Cluster + "services: [{name: a/b, port: 1}]", "`name` is `a/b`")]
    [InlineData(Cluster + "services: [{name: web, port: 1, ip: 0.0.0.0}]", "`ip` is 0.0.0.0")]
    [InlineData(Cluster + "services: [{name: web, port: 1, weight: 0}]", "`weight` is `0`")]
    [InlineData(Cluster + "services: [{name: web, port: 1}, {name: WEB, port: 1}]", "service `web` has two instances `port 1`")]
    [InlineData(Cluster + "services: [{name: web, port: 1, id: a}, {name: web, port: 2, id: a}]", "service `web` has two instances `a`")]
    [InlineData(Cluster + "services: [{name: web, port: 1, healthCheck: {kind: http}}]", "needs `path`")]
    public void WhatIsWrong_IsSaid(string text, string expected)
    {
        Assert.Contains(Loading.Faults(Loading.Minimal + text), fault => fault.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Services_AreLive()
    {
        MeshConfig old = Loading.Config(Loading.Minimal + Cluster);
        MeshConfig now = Loading.Config(Loading.Minimal + Cluster + "services: [{name: web, port: 1}]\n");

        Assert.Empty(ConfigDifference.RestartNeeded(old, now));
    }
}
