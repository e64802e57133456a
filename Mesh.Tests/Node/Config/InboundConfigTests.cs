using System.Net;
using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary><c>inbound</c>: where it is open, and what of it cannot be meant.</summary>
public sealed class InboundConfigTests
{
    private const string Cluster = "cluster: {node: n1}\n";
    private const string Services = "services: [{name: web, port: 1}]\n";

    [Theory]
    [InlineData("", null)]
    [InlineData(Cluster, null)]
    [InlineData(Cluster + Services, "127.0.0.1:4143")]
    [InlineData(Cluster + "inbound: {}\n", "127.0.0.1:4143")]
    [InlineData(Cluster + Services + "inbound: {port: 0}\n", "127.0.0.1:0")]
    [InlineData("cluster: {node: n1, insecure: true, ip: 10.0.0.1}\ninbound: {ip: 10.0.0.1, port: 5000}\n", "10.0.0.1:5000")]
    public void IsOpen_WhereItIsWritten_OrThereAreServices(string text, string? endPoint)
    {
        InboundConfig? side = Loading.Config(Loading.Minimal + text).InboundSide;

        Assert.Equal(endPoint, side is null ? null : new IPEndPoint(side.Ip, side.Port).ToString());
    }

    [Theory]
    [InlineData("inbound: {}\n", "add a `cluster:` section (one node alone is `cluster: {node: n1}`)")]
    [InlineData(Cluster + "inbound: {port: 70000}\n", "`port` is `70000`")]
    [InlineData(Cluster + "inbound: {ip: 0.0.0.0}\n", "`ip` is 0.0.0.0 and `cluster` has no `tls`")]
    [InlineData(Cluster + "inbound: {port: 4140}\n", "127.0.0.1:4140 is already the address of `inbound`")]
    [InlineData(Cluster + "inbound: {port: 4150}\n", "127.0.0.1:4150 is already the address of `cluster`")]
    public void WhatIsWrong_IsSaid(string text, string expected)
    {
        Assert.Contains(Loading.Faults(Loading.Minimal + text), fault => fault.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void RouterOfItsLabel_IsRefused()
    {
        string routers = Loading.Minimal.Replace("- protocol: http", "- protocol: http\n  label: inbound", StringComparison.Ordinal);
        string[] faults = Loading.Faults(routers + Cluster + Services);

        Assert.Contains(faults, static fault => fault.Contains("router label `inbound` is already taken", StringComparison.Ordinal));
    }

    [Fact]
    public void LoopbackBesideAClusterOfMachines_IsDoubted()
    {
        ConfigResult result = Loading.Load(Loading.Minimal + "cluster: {node: n1, insecure: true, ip: 10.0.0.1}\ninbound: {}\n");

        Assert.Contains(Loading.Lines(result.Warnings), static line => line.Contains("which no other machine reaches", StringComparison.Ordinal));
    }

    [Fact]
    public void Change_NeedsARestart()
    {
        MeshConfig old = Loading.Config(Loading.Minimal + Cluster);
        MeshConfig now = Loading.Config(Loading.Minimal + Cluster + "inbound: {port: 5000}\n");

        Assert.Equal(["inbound changed"], ConfigDifference.RestartNeeded(old, now));
    }
}
