using Xunit;

namespace Mesh.Tests.Actors.Membership;

public sealed class FoundingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void Nodes_FoundOneCluster(int count)
    {
        var world = new SmallWorld((ulong)count);

        WorldNode[] nodes = world.Found(count);

        Assert.Single(nodes.Select(node => node.State.ClusterId).Distinct());
        Assert.All(nodes, node => Assert.Equal(nodes[0].Self, node.State.Leader));
        Assert.Equal(Enumerable.Range(1, count), nodes[0].Ups.Select(member => member.UpNumber).Order());
    }
}
