using Mesh.Tests.Node.AdminConsole;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>An operator takes an instance out at whatever node is at hand; its own node does it.</summary>
public sealed class DrainAnywhereTests
{
    [Fact]
    public async Task AnInstance_IsDrainedAndEnabled_AtAnyNode_ByItsId()
    {
        await using InboundPair pair = await InboundPair.StartAsync(Origin.Saying("app"));
        await pair.ReachesAsync("app");
        Uri second = new($"http://{pair.Second.Host.Admin}/");

        Said drained = await ClusterNode.SayAsync(second, "service drain -s web -i a", token: ClusterNode.Token);
        await pair.ReachesAsync("other");
        Said all = await ClusterNode.SayAsync(second, "service drain -s web", token: ClusterNode.Token);
        Said nobody = await ClusterNode.SayAsync(second, "service drain -s web -i z", token: ClusterNode.Token);
        Said enabled = await ClusterNode.SayAsync(second, "service enable -s web -i a", token: ClusterNode.Token);
        await pair.ReachesAsync("app");

        Assert.Equal((0, "web/a is draining (at n1)\n"), (drained.Exit, drained.Output));
        Assert.Equal(3, all.Exit);
        Assert.Contains("node n2 hosts no instance of `web`; elsewhere there are -i a (n1)", all.Error, StringComparison.Ordinal);
        Assert.Contains("no node hosts an instance `web/z`", nobody.Error, StringComparison.Ordinal);
        Assert.Equal((0, "web/a is up (at n1)\n"), (enabled.Exit, enabled.Output));
        Assert.Contains("by node n2", pair.First.Log, StringComparison.Ordinal);
    }
}
