using Xunit;

namespace Mesh.Tests.Actors.Membership;

/// <summary>Who may found what exists once in a cluster: one node, whatever dies meanwhile.</summary>
public sealed class FounderTests
{
    /// <summary>
    /// The founder dies between founding and the first welcome. Those that had agreed found under the same id, and the dead one comes back with the
    /// word "founded" on its disk.
    /// </summary>
    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    public void AFounderThatDiesAtOnce_AndComesBack_IsTheOnlyFounder(ulong seed)
    {
        var world = new SmallWorld(seed);
        WorldNode[] nodes = [.. Enumerable.Range(1, 3).Select(number => world.Add(number, expect: 2))];
        world.RunUntil(() => nodes.Any(node => node.Membership.FoundedHere), TimeSpan.FromSeconds(30), "somebody founds");
        WorldNode first = nodes.Single(node => node.Membership.FoundedHere);
        first.Crash();
        WorldNode[] others = [.. nodes.Where(node => node != first)];
        world.RunUntil(() => others.All(node => node.Ups.Count == 2), TimeSpan.FromSeconds(90), "the others found it again");

        WorldNode back = world.Add(first.Number, expect: 2, disk: first.Disk);
        world.RunUntil(() => back.Ups.Count == 3, TimeSpan.FromSeconds(60), "it joins");

        Assert.Single(others.Append(back), node => node.Membership.FoundedHere);
    }

    /// <summary>The founder lives on alone, the others found under the id that all had agreed to, and then they see each other.</summary>
    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    public void AFounderThatIsCutOffAtOnce_IsTheOnlyFounder_AndTheHealedPartsSaySo(ulong seed)
    {
        var world = new SmallWorld(seed);
        WorldNode[] nodes = [.. Enumerable.Range(1, 3).Select(number => world.Add(number, expect: 2))];
        world.RunUntil(() => nodes.Any(node => node.Membership.FoundedHere), TimeSpan.FromSeconds(30), "somebody founds");
        WorldNode first = nodes.Single(node => node.Membership.FoundedHere);
        WorldNode[] others = [.. nodes.Where(node => node != first)];
        world.Partition([first], others);
        world.RunUntil(() => others.All(node => node.Ups.Count == 2), TimeSpan.FromSeconds(90), "the others found it again");
        Assert.Equal(first.State.ClusterId, others[0].State.ClusterId);

        world.Heal();

        world.RunUntil(() => nodes.All(node => node.Ups.Count == 3), TimeSpan.FromSeconds(60), "they become one");
        Assert.Same(first, nodes.Single(node => node.Membership.FoundedHere));
        Assert.All(nodes, node => Assert.Contains(node.Log, line => line.Contains("each began cluster", StringComparison.Ordinal)));
    }

    [Fact]
    public void AFounderThatRestarts_AmongThoseThatItLetIn_StaysTheFounder()
    {
        var world = new SmallWorld();
        WorldNode[] nodes = world.Found(3);
        WorldNode founder = nodes.Single(node => node.Membership.FoundedHere);
        founder.Crash();

        WorldNode back = world.Add(founder.Number, expect: 3, disk: founder.Disk);
        world.RunUntil(() => back.Ups.Count == 3, TimeSpan.FromSeconds(60), "it joins");

        Assert.True(back.Membership.FoundedHere);
        Assert.Single(nodes.Where(node => node != founder).Append(back), node => node.Membership.FoundedHere);
    }
}
