using Mesh.Discovery.Names;
using Mesh.Discovery.Services;
using Mesh.Tests.Actors.Tables;
using Mesh.Tests.Kit;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Discovery.Services;

/// <summary>The instances of this node by their names.</summary>
public sealed class LocalInstancesNamerTests : IDisposable
{
    private readonly TableWorld _world = new(seed: 7);
    private readonly FakeTime _time = new();
    private readonly ServiceNode _node;
    private readonly LocalInstancesNamer _namer;

    public LocalInstancesNamerTests()
    {
        _node = ServiceNode.In(_world);
        _namer = new LocalInstancesNamer(_time);
        _world.AllUp();
        _world.Run(1);
    }

    public void Dispose()
    {
        _namer.Dispose();
        _node.Dispose();
    }

    [Fact]
    public void NothingIsKnown_BeforeThereIsACluster()
    {
        using INameWatch watch = _namer.Lookup(Path.Parse("/web/a"));
        NameState before = watch.Current;
        _namer.Follow(_node.Local);

        Assert.Equal((NameState.Pending.Instance, NameState.Resolved.Neg), (before, watch.Current));
    }

    [Fact]
    public void WhoIsHosted_IsItsApp_WhateverItsState_AndMovesAndGoesWithIt()
    {
        _namer.Follow(_node.Local);
        int changes = 0;
        using INameWatch watch = _namer.Lookup(Path.Parse("/WEB/a/rest"));
        using IDisposable heard = watch.OnChange(() => changes++);

        _node.Done(_node.Local.Configure([ServiceNode.App() with { Check = ServiceNode.Check() }]));
        _node.Done(_node.Local.Drain(new DrainQuestion("web", null, true, "me")));
        Name.Bound bound = BoundOf(watch);
        Assert.Equal(("/#/io.mesh.local/web/a", "/rest"), (bound.Destination.Id.ToString(), bound.Residual.ToString()));
        Assert.Equal("127.0.0.1:8080", AddressOf(bound));

        _node.Done(_node.Local.Configure([ServiceNode.App(port: 8081)]));
        Assert.Same(bound.Destination, BoundOf(watch).Destination);
        Assert.Equal("127.0.0.1:8081", AddressOf(bound));

        _node.Done(_node.Local.Configure([]));
        Assert.Equal(NameState.Resolved.Neg, watch.Current);
        Assert.Equal((AddressState.Neg.Instance, 2), (bound.Destination.Addresses.Current, changes));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/web")]
    [InlineData("/web/b")]
    [InlineData("/api/a")]
    public void Others_AreUnknown(string path)
    {
        _namer.Follow(_node.Local);
        _node.Done(_node.Local.Configure([ServiceNode.App()]));

        using INameWatch watch = _namer.Lookup(Path.Parse(path));

        Assert.Equal(NameState.Resolved.Neg, watch.Current);
    }

    [Fact]
    public void WhoAsksForEverOtherNames_FillsNoTable()
    {
        _namer.Follow(_node.Local);

        for (int i = 0; i < LocalInstancesNamer.MaxNames + 10; i++) _namer.Lookup(Path.Of("web", $"i{i}")).Dispose();
        int most = _namer.Count;
        _time.Advance(ServicesNamer.SweepInterval);

        Assert.Equal((LocalInstancesNamer.MaxNames, 0), (most, _namer.Count));
    }

    private static Name.Bound BoundOf(INameWatch watch) =>
        (Name.Bound)((NameTree<Name>.Leaf)((NameState.Resolved)watch.Current).Tree).Value;

    private static string AddressOf(Name.Bound bound) =>
        Assert.Single(((AddressState.Known)bound.Destination.Addresses.Current).Addresses).EndPoint.ToString();
}
