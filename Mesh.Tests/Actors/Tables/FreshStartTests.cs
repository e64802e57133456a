using Mesh.Actors.Membership;
using Mesh.Actors.Tables;
using Xunit;

namespace Mesh.Tests.Actors.Tables;

/// <summary>When nodes that have all just started may trust what they find equal.</summary>
public sealed class FreshStartTests
{
    private readonly TableWorld _world = new(17);

    [Fact]
    public void NewCluster_IsSureOfItsTables_WithinSeconds()
    {
        ReplicatedMap<string>[] maps = Start(3);

        Assert.True(_world.RunUntil(() => maps.All(map => map.Snapshot.IsConfirmed), 12));
    }

    [Fact]
    public void WhileOneCannotBeAsked_NobodyIsSure()
    {
        ReplicatedMap<string>[] maps = Start(3);
        TableWorld.SetView(_world.Nodes, _ => MemberStatus.Up, [_world.Nodes[2]]);
        _world.IsCut = (from, to) => from == _world.Nodes[2] || to == _world.Nodes[2];

        _world.Run(25);

        Assert.All(maps, map => Assert.False(map.Snapshot.IsConfirmed));
    }

    [Fact]
    public void NodesWithoutAPast_DoNotTakeTheSilenceOfOneWithAnOldCopy_ForNothing()
    {
        ReplicatedMap<string> first = Start(1)[0];
        first.Put("default", "v1", new RowVersion(1, 1));
        _world.Run(3);
        TestNode old = _world.Nodes[0];
        old.IsStopped = true;
        _world.Run(TimeSpan.FromHours(30)); // too old to be offered to others

        ReplicatedMap<string>[] maps = [_world.AddNode(old.Disk).OpenMap(), _world.AddNode().OpenMap(), _world.AddNode().OpenMap()];
        _world.AllUp();
        _world.Run(25);

        Assert.All(maps, map => Assert.False(map.Snapshot.IsConfirmed));
        Assert.True(_world.RunUntil(() => maps.All(map => map.Snapshot is { IsConfirmed: true, Rows.Count: 1 }), 30));
    }

    private ReplicatedMap<string>[] Start(int count)
    {
        ReplicatedMap<string>[] maps = [.. Enumerable.Range(0, count).Select(_ => _world.AddNode().OpenMap())];
        _world.AllUp();
        return maps;
    }
}
