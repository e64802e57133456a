using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>Values set by path from the command line.</summary>
public sealed class OverrideTests
{
    [Fact]
    public void SetValues_GoOverTheFiles_InOrder()
    {
        var config = Loading.Config(
            Loading.Minimal, "routers.0.servers.0.port=1", "routers.0.servers.0.port=2", "admin.port=0", "routers.0.dtab=/svc => /a=b");

        Assert.Equal(2, config.Routers[0].Servers[0].Port);
        Assert.Equal(0, config.Admin.Port);
        Assert.Equal("/svc => /a=b", config.Routers[0].Dtab);
    }

    [Fact]
    public void EmptyValue_BringsTheDefaultBack()
    {
        var config = Loading.Config("admin: {port: 5}\n" + Loading.Minimal, "admin.port=");

        Assert.Equal(9990, config.Admin.Port);
    }

    [Fact]
    public void SharedNode_ChangesOnlyWhereItIsSet()
    {
        var config = Loading.Config(
            "routers:\n- {protocol: http, label: a, client: &c {connectTimeoutMs: 7}, servers: [{port: 1}]}\n"
            + "- {protocol: http, label: b, client: *c, servers: [{port: 2}]}\n",
            "routers.1.client.connectTimeoutMs=8");

        Assert.Equal((7, 8), (config.Routers[0].Client.Defaults.ConnectTimeoutMs, config.Routers[1].Client.Defaults.ConnectTimeoutMs));
    }

    [Theory]
    [InlineData("admin", "--set admin: not of the form `a.b=value`")]
    [InlineData("=1", "--set =1: not of the form")]
    [InlineData("admin..port=1", "--set admin..port=1: not of the form")]
    [InlineData("admin.port=x", "--set admin.port=x: `port` is `x`; it must be a whole number from 0 to 65535")]
    [InlineData("admin.prot=1", "--set admin.prot=1: unknown key `prot` in `admin`; did you mean `port`?")]
    [InlineData("routers.1.label=x", "--set routers.1.label=x: `1` is no item of a list whose items are 0 to 0")]
    [InlineData("routers.x.label=x", "--set routers.x.label=x: `x` is no item of a list")]
    [InlineData("routers=x", "--set routers=x: this is a list in the file")]
    [InlineData("routers.0.protocol.x=1", "--set routers.0.protocol.x=1: `x` would be inside a single value")]
    public void BadAssignment_IsAFaultOfTheCommandLine(string assignment, string begins)
    {
        string fault = Assert.Single(Loading.Faults(Loading.Minimal, assignment));

        Assert.StartsWith(begins, fault, StringComparison.Ordinal);
    }
}
