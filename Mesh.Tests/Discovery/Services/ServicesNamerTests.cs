using System.Net;
using Mesh.Actors.Membership;
using Mesh.Discovery.Names;
using Mesh.Discovery.Services;
using Mesh.Routing.Destinations;
using Mesh.Tests.Actors.Tables;
using Mesh.Tests.Kit;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Discovery.Services;

/// <summary>What a name of the fleet's services leads to.</summary>
public sealed class ServicesNamerTests : IDisposable
{
    private static readonly IPEndPoint s_inbound = IPEndPoint.Parse("10.0.0.2:4143");
    private readonly TableWorld _world = new(seed: 11);
    private readonly ServiceNode _one;
    private readonly ServiceNode _two;

    public ServicesNamerTests()
    {
        (_one, _two) = (ServiceNode.In(_world), ServiceNode.In(_world, "n2", inbound: s_inbound));
        _world.AllUp();
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }

    [Fact]
    public void NameWithoutRows_IsPending_UntilTheTableHadItsTime()
    {
        NameState before = _one.Bind("/nobody", out INameWatch watch);
        int told = 0;
        using IDisposable subscription = watch.OnChange(() => told++);

        _world.Run(ServiceTable.Grace + TimeSpan.FromSeconds(1));

        Assert.IsType<NameState.Pending>(before);
        Assert.Equal(NameState.Resolved.Neg, watch.Current);
        Assert.Equal(1, told);
        watch.Dispose();
    }

    [Fact]
    public void OwnInstances_AreDialledDirectly_OthersAtTheirNodesInboundSide()
    {
        _one.Done(_one.Local.Configure([ServiceNode.App(id: "a")]));
        _two.Done(_two.Local.Configure([ServiceNode.App(id: "b"), ServiceNode.App(id: "c", port: 8081)]));
        _world.Run(3);

        Assert.Equal("127.0.0.1:8080, 10.0.0.2:4143 for web/b, 10.0.0.2:4143 for web/c", _one.Addresses("/web"));
        Assert.Equal("127.0.0.1:8080, 127.0.0.1:8081", _two.Addresses("/web"));
    }

    [Fact]
    public void AnotherNodeThatAsks_IsToldInboundSides_AndWhoCannotNameAnInstance_WhatListensBeyondLoopback()
    {
        _one.Done(_one.Local.Configure([ServiceNode.App(id: "a", ip: "10.0.0.1")]));
        _two.Done(_two.Local.Configure([ServiceNode.App(id: "b"), ServiceNode.App(id: "c", ip: "10.0.0.2"), ServiceNode.App("own", "d")]));
        _world.Run(3);

        Assert.Equal("10.0.0.1:8080, 127.0.0.1:8080, 10.0.0.2:8080", _two.Addresses("/web"));
        string nodes = "10.0.0.1:8080, 10.0.0.2:4143 for web/b, 10.0.0.2:4143 for web/c";
        Assert.Equal((nodes, nodes), (_one.Addresses("/web", OtherWays.ForNodes), _two.Addresses("/web", OtherWays.ForNodes)));
        string anyone = "10.0.0.1:8080, 10.0.0.2:8080";
        Assert.Equal((anyone, anyone), (_one.Addresses("/web", OtherWays.ForAnyone), _two.Addresses("/web", OtherWays.ForAnyone)));
        Assert.Equal(("?", "?"), (_one.Addresses("/own", OtherWays.ForAnyone), _two.Addresses("/own", OtherWays.ForAnyone)));
    }

    [Fact]
    public void AppOfANodeWithoutInboundSide_OnLoopback_IsNobodyElses()
    {
        _one.Done(_one.Local.Configure([ServiceNode.App()]));
        _world.Run(3);

        Assert.Equal("127.0.0.1:8080", _one.Addresses("/web"));
        Assert.Equal(("?", "?"), (_one.Addresses("/web", OtherWays.ForNodes), _one.Addresses("/web", OtherWays.ForAnyone)));
    }

    /// <summary>A connection to a proven host and one to whoever answers are two addresses: neither's connections serve the other.</summary>
    [Fact]
    public void InboundSideThatTurnsTlsOn_IsAnotherAddress()
    {
        _two.Done(_two.Local.Configure([ServiceNode.App(id: "b")]));
        _two.Done(_two.Local.MoveInbound(s_inbound, "n2.example"));
        _world.Run(3);

        Assert.Equal("10.0.0.2:4143 of n2.example for web/b", _one.Addresses("/web"));
        Assert.NotEqual(
            EndpointKey.Of(new WeightedAddress(s_inbound, 1) { Instance = "web/b" }),
            EndpointKey.Of(new WeightedAddress(s_inbound, 1) { Instance = "web/b", Host = "n2.example" }));
    }

    [Fact]
    public void NodeWithoutInboundSide_IsReachedAtItsAppsThatListenBeyondLoopback_OthersAreAProblem()
    {
        _one.Done(_one.Local.Configure([ServiceNode.App("web", "a"), ServiceNode.App("api", "b", ip: "10.0.0.1")]));
        _world.Run(3);

        using INameWatch held = _two.Namer.Lookup(Path.Parse("/web"));

        Assert.Equal("~", _two.Addresses("/web"));
        Assert.Equal("10.0.0.1:8080", _two.Addresses("/api"));
        Assert.StartsWith(
            "web/a listens on 127.0.0.1:8080 of node n1, which has no inbound side", Assert.Single(_two.Namer.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void OnlyThoseThatAreUp_AreGiven_AndNobodyIsNeg()
    {
        Registration ill = ServiceNode.App(id: "b", port: 8081) with { Check = ServiceNode.Check() };
        _one.Done(_one.Local.Configure([ServiceNode.App(id: "a"), ill]));
        _world.Run(3);
        using INameWatch watch = _one.Namer.Lookup(Path.Parse("/web/rest"));
        NameState up = watch.Current;

        Assert.Equal("127.0.0.1:8080", _one.Addresses("/web"));
        _one.Done(_one.Local.Drain(new DrainQuestion("web", "a", true, "me")));
        _world.Run(1);
        Assert.Equal(NameState.Resolved.Neg, watch.Current);
        Assert.Equal("~", _one.Addresses("/web"));
        _one.Local.Report(ill, isHealthy: true, "");
        _world.Run(1);
        Assert.Equal("127.0.0.1:8081", _one.Addresses("/web"));
        Assert.Equal(up, watch.Current);
    }

    [Fact]
    public void NodeThatCannotBeReached_IsDoubted_AndItsRowsGoWithIt_ALittleLater()
    {
        _one.Done(_one.Local.Configure([ServiceNode.App(id: "a")]));
        _two.Done(_two.Local.Configure([ServiceNode.App(id: "b")]));
        _world.Run(3);

        TableWorld.SetView([_one.Node, _two.Node], _ => MemberStatus.Up, [_two.Node]);
        _world.Run(1);
        string during = _one.Addresses("/web");
        TableWorld.SetView([_one.Node], _ => MemberStatus.Up, []);
        _world.Run(ServiceTable.Linger + TimeSpan.FromSeconds(1));

        Assert.Equal("127.0.0.1:8080, 10.0.0.2:4143 for web/b (node n2 cannot be reached)", during);
        Assert.Equal("127.0.0.1:8080", _one.Addresses("/web"));
    }

    [Fact]
    public void NodeThatIsBack_DoesNotMeetItsOwnPast()
    {
        _two.Done(_two.Local.Configure([ServiceNode.App(id: "b")]));
        _world.Run(3);
        _two.Node.IsStopped = true;
        using ServiceNode again = ServiceNode.In(_world, "n2", inbound: s_inbound);
        TableWorld.SetView([_one.Node, _two.Node, again.Node], _ => MemberStatus.Up, [_two.Node]);
        again.Done(again.Local.Configure([ServiceNode.App(id: "b", port: 9090)]));
        _world.Run(5);

        Assert.Equal(2, _one.Table.Find("web").Rows.Length);
        Assert.Equal("10.0.0.2:4143 for web/b", _one.Addresses("/web"));
    }

    [Fact]
    public void LoneNodeAfterARestart_GoesByItsDisk_AndDoubtsIt()
    {
        _two.Done(_two.Local.Configure([ServiceNode.App(id: "b")]));
        _world.Run(5);
        _one.Node.IsStopped = true;
        _two.Node.IsStopped = true;

        using ServiceNode again = ServiceNode.In(_world, "n1", _one.Node.Disk);
        _world.Run(1);

        Assert.Equal(
            "10.0.0.2:4143 for web/b (last known before this node started; node n2 has not confirmed it)", again.Addresses("/web"));
        Assert.False(again.Table.State.Current.IsConfirmed);
    }

    [Fact]
    public void OneObjectForOneId_WhateverFollowsTheName_InAnyCase()
    {
        _one.Done(_one.Local.Configure([ServiceNode.App()]));
        _world.Run(1);

        BoundName plain = Bound("/web", out Path none), rest = Bound("/WEB/x/y", out Path residual);

        Assert.Same(plain, rest);
        Assert.Equal("/#/io.mesh.services/web", plain.Id.ToString());
        Assert.Equal(("/", "/x/y"), (none.ToString(), residual.ToString()));
    }

    [Fact]
    public void WithTags_TheTagComesFirst_AndChooses()
    {
        using ServicesNamer tagged = new(Path.Parse("/#/tagged"), _one.Table, includeTag: true, new FakeTime());
        Registration first = ServiceNode.App(id: "a") with { Tags = ["v1"] };
        Registration other = ServiceNode.App(id: "b", port: 8081) with { Tags = ["v2", "new"] };
        _one.Done(_one.Local.Configure([first, other]));
        _world.Run(6);

        using INameWatch second = tagged.Lookup(Path.Parse("/V2/web/rest")), third = tagged.Lookup(Path.Parse("/v3/web"));
        using INameWatch tooShort = tagged.Lookup(Path.Parse("/web"));

        var leaf = (Name.Bound)((NameTree<Name>.Leaf)((NameState.Resolved)second.Current).Tree).Value;
        Assert.Equal(("/#/tagged/v2/web", "/rest"), (leaf.Destination.Id.ToString(), leaf.Residual.ToString()));
        Assert.Equal("[127.0.0.1:8081]", leaf.Destination.Addresses.Current.ToString());
        Assert.Equal((NameState.Resolved.Neg, NameState.Resolved.Neg), (third.Current, tooShort.Current));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/a\\x20b")]
    [InlineData("/..")]
    public void WhatNoServiceCanBeCalled_IsNegAtOnce(string path)
    {
        Assert.Equal(NameState.Resolved.Neg, _one.Bind(path, out _));
    }

    [Fact]
    public async Task Tells_WhatItWatches_AndWhatThereIs()
    {
        _one.Done(_one.Local.Configure([ServiceNode.App("web"), ServiceNode.App("api")]));
        _world.Run(6);
        using INameWatch web = _one.Namer.Lookup(Path.Parse("/web")), none = _one.Namer.Lookup(Path.Parse("/none"));

        IEnumerable<string> all = (await _one.Namer.ListNamesAsync(default)).Select(path => path.ToString());
        Assert.Equal(["/#/io.mesh.services/api", "/#/io.mesh.services/web"], all);
        Assert.Equal(
            [("/#/io.mesh.services/none", NameStatus.Neg), ("/#/io.mesh.services/web", NameStatus.Bound)],
            _one.Namer.Status.Select(status => (status.Name.ToString(), status.State)));
    }

    private BoundName Bound(string path, out Path residual)
    {
        using INameWatch watch = _one.Namer.Lookup(Path.Parse(path));
        var bound = (Name.Bound)((NameTree<Name>.Leaf)((NameState.Resolved)watch.Current).Tree).Value;
        residual = bound.Residual;
        return bound.Destination;
    }
}
