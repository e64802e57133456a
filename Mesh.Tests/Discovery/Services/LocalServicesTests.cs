using System.Net;
using Mesh.Actors.Storage;
using Mesh.Discovery.Services;
using Mesh.Tests.Actors.Tables;
using Xunit;

namespace Mesh.Tests.Discovery.Services;

/// <summary>What a node tells of the instances that it hosts.</summary>
public sealed class LocalServicesTests : IDisposable
{
    private readonly TableWorld _world = new(seed: 7);
    private readonly ServiceNode _one;
    private readonly ServiceNode _two;

    public LocalServicesTests()
    {
        (_one, _two) = (ServiceNode.In(_world), ServiceNode.In(_world, "n2"));
        _world.AllUp();
        _world.Run(1);
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }

    [Fact]
    public void WhatTheConfigSays_IsUpEverywhere_AndGoesWithIt()
    {
        _one.Done(_one.Local.Configure([ServiceNode.App(id: "a"), ServiceNode.App("api", "b")]));
        _world.Run(2);
        string[] during = _two.Rows();
        _one.Done(_one.Local.Configure([ServiceNode.App("api", "b")]));
        _world.Run(2);

        Assert.Equal(["api/b Up", "web/a Up"], during);
        Assert.Equal(["api/b Up"], _two.Rows());
        Assert.Equal(1, _one.Local.CountOf(InstanceState.Up));
    }

    [Fact]
    public void WhoeverIsChecked_IsUnhealthy_UntilTheFirstGoodCheck()
    {
        Registration app = ServiceNode.App() with { Check = ServiceNode.Check() };

        _one.Done(_one.Local.Configure([app]));
        _world.Run(2);
        string[] before = _two.Rows();
        _one.Local.Report(app, isHealthy: true, "");
        _world.Run(2);

        Assert.Equal(["web/a Unhealthy"], before);
        Assert.Equal(["web/a Up"], _two.Rows());
    }

    [Fact]
    public void HealthThatFlaps_MovesTheRow_OnceInTheQuietTime()
    {
        Registration app = ServiceNode.App() with { Check = ServiceNode.Check() };
        _one.Done(_one.Local.Configure([app]));
        long before = _one.Local.Moves;

        for (int i = 0; i < 100; i++)
        {
            _one.Local.Report(app, isHealthy: i % 2 == 0, "health check: GET /health answered 500");
            _world.Run(TimeSpan.FromMilliseconds(50));
        }

        _world.Run(2);
        Assert.InRange(_one.Local.Moves - before, 2, 7);
        Assert.Equal(["web/a Unhealthy"], _two.Rows());
        Assert.Equal("health check: GET /health answered 500", _two.Table.Find("web").Rows[0].Value.Reason);
    }

    [Fact]
    public void OldChecks_SayNothing_OfAnInstanceThatWasReplaced()
    {
        Registration old = ServiceNode.App() with { Check = ServiceNode.Check() };
        _one.Done(_one.Local.Configure([old]));
        _one.Done(_one.Local.Configure([ServiceNode.App(port: 9090) with { Check = ServiceNode.Check() }]));

        _one.Local.Report(old, isHealthy: true, "");
        _world.Run(2);

        Assert.Equal(["web/a Unhealthy"], _two.Rows());
        Assert.Equal(9090, _two.Table.Find("web").Rows[0].Value.App.Port);
    }

    [Fact]
    public void LeaseThatNobodyRenews_IsGone_AndRenewalsGiveTheWholeTime()
    {
        LocalAnswer made = _one.Done(_one.Local.Register(ServiceNode.Lease(seconds: 10)));
        _world.Run(8);
        LocalAnswer renewed = _one.Done(_one.Local.Renew("web/a"));
        _world.Run(9);
        string[] during = _two.Rows();
        _world.Run(3);

        Assert.Equal((LocalResult.Created, LocalResult.Updated), (made.Result, renewed.Result));
        Assert.Equal(TimeSpan.FromSeconds(10), renewed.Instance!.ExpiresIn);
        Assert.Equal(["web/a Up"], during);
        Assert.Empty(_two.Rows());
        Assert.Equal(LocalResult.NotFound, _one.Done(_one.Local.Renew("web/a")).Result);
        Assert.Equal(1, _one.Local.Expired);
    }

    [Fact]
    public void Leases_SurviveARestart_WithTheirWholeTime_ButNotTheirEnd()
    {
        _one.Done(_one.Local.Register(ServiceNode.Lease(id: "a", seconds: 10) with { Tags = ["v2"], Check = ServiceNode.Check() }));
        _one.Done(_one.Local.Register(ServiceNode.Lease(id: "b", seconds: 10)));
        _one.Done(_one.Local.Deregister("web/b"));
        _world.Run(9);

        using ServiceNode again = Restart(_one);
        _world.Run(9);
        LocalInstance[] during = [.. again.Done(again.Local.All())];
        _world.Run(2);

        Assert.Equal("web/a", Assert.Single(during).Registration.Key);
        Assert.Equal(ServiceNode.Check(), during[0].Registration.Check);
        Assert.Equal(["v2"], during[0].Registration.Tags);
        Assert.Empty(again.Done(again.Local.All()));
    }

    [Fact]
    public void ConfigAndLeases_DoNotMeet()
    {
        _one.Done(_one.Local.Register(ServiceNode.Lease(seconds: 5)));
        _one.Done(_one.Local.Configure([ServiceNode.App(port: 9090)]));

        LocalAnswer put = _one.Done(_one.Local.Register(ServiceNode.Lease()));
        LocalAnswer delete = _one.Done(_one.Local.Deregister("web/a"));
        _world.Run(60);

        Assert.Equal((LocalResult.Configured, LocalResult.Configured), (put.Result, delete.Result));
        Assert.Equal(9090, _two.Table.Find("web").Rows.Single().Value.App.Port);
        using ServiceNode again = Restart(_one);
        _world.Run(1);
        Assert.Empty(again.Done(again.Local.All()));
    }

    [Fact]
    public void ChangedLease_ChangesTheRow_AndKeepsWhatIsKnownOfItsHealth()
    {
        Registration lease = ServiceNode.Lease() with { Check = ServiceNode.Check() };
        _one.Done(_one.Local.Register(lease));
        _one.Local.Report(lease, isHealthy: true, "");
        _world.Run(2);

        LocalAnswer answer = _one.Done(_one.Local.Register(lease with { Tags = ["v2"] }));
        _world.Run(2);

        Assert.Equal(LocalResult.Updated, answer.Result);
        Assert.Equal(["web/a Up"], _two.Rows());
        Assert.Equal(["v2"], _two.Table.Find("web").Rows[0].Value.Tags);
    }

    [Fact]
    public void DrainedInstance_SaysSoAtOnce_AndComesBack()
    {
        _one.Done(_one.Local.Configure([ServiceNode.App(id: "a"), ServiceNode.App(id: "b")]));
        _world.Run(2);

        _one.Done(_one.Local.Drain(new DrainQuestion("web", "a", true, "me")));
        _world.Run(1);
        string[] during = _two.Rows();
        _one.Done(_one.Local.Drain(new DrainQuestion("web", null, false, "me")));
        _world.Run(1);

        Assert.Equal(["web/a Draining", "web/b Up"], during);
        Assert.Equal(["web/a Up", "web/b Up"], _two.Rows());
        Assert.Empty(_one.Done(_one.Local.Drain(new DrainQuestion("web", "c", true, "me"))).Meant);
    }

    [Fact]
    public void DrainedInstance_StaysSo_ThroughARestartOfItsNode_AndIsNeverUpMeanwhile()
    {
        _one.Done(_one.Local.Configure([ServiceNode.App(id: "a"), ServiceNode.App(id: "b")]));
        _one.Done(_one.Local.Register(ServiceNode.Lease(id: "c")));
        DrainAnswer answer = _one.Done(_one.Local.Drain(new DrainQuestion("web", "a", true, "me")));
        _one.Done(_one.Local.Drain(new DrainQuestion("web", "c", true, "me")));
        _one.Node.IsStopped = true;

        using var again = ServiceNode.In(_world, "n1", _one.Node.Disk);
        Task<bool> configured = again.Local.Configure([ServiceNode.App(id: "a"), ServiceNode.App(id: "b")]);
        again.Done(configured);
        string[] first = Standing();
        again.Done(again.Local.Drain(new DrainQuestion("web", null, false, "me")));

        Assert.Equal(("web/a is draining", null), (Assert.Single(answer.Meant), answer.NotKept));
        Assert.Equal(["web/a Draining", "web/b Up", "web/c Draining"], first);
        Assert.Equal(["web/a Up", "web/b Up", "web/c Up"], Standing());
        Assert.Equal(5, again.Local.Moves);

        string[] Standing() => [.. again.Done(again.Local.All()).Select(static each => $"{each.Registration.Key} {each.State}")];
    }

    [Fact]
    public void EnabledInstance_StaysSo_ThroughARestartOfItsNode()
    {
        _one.Done(_one.Local.Configure([ServiceNode.App(id: "a"), ServiceNode.App(id: "b")]));
        _one.Done(_one.Local.Drain(new DrainQuestion("web", null, true, "me")));
        _one.Done(_one.Local.Drain(new DrainQuestion("web", "a", false, "me")));
        _one.Node.IsStopped = true;

        using var again = ServiceNode.In(_world, "n1", _one.Node.Disk);
        again.Done(again.Local.Configure([ServiceNode.App(id: "a"), ServiceNode.App(id: "b")]));

        Assert.Equal(
            ["web/a Up", "web/b Draining"], again.Done(again.Local.All()).Select(static each => $"{each.Registration.Key} {each.State}"));
        Assert.Equal("web/b", Assert.Single(_one.Node.Disk.Buckets["services/drained"]).Key);
    }

    [Fact]
    public void WhatIsNotHostedAnyMore_IsNotDrainedAnyMore()
    {
        _one.Done(_one.Local.Configure([ServiceNode.App(id: "a")]));
        _one.Done(_one.Local.Drain(new DrainQuestion("web", "a", true, "me")));

        _one.Done(_one.Local.Configure([]));
        _one.Done(_one.Local.Configure([ServiceNode.App(id: "a")]));

        Assert.Equal(["web/a Up"], _one.Rows());
    }

    [Fact]
    public void NodeThatEnds_DrainsAll_AndTakesNobodyIn()
    {
        _one.Done(_one.Local.Configure([ServiceNode.App()]));
        _one.Done(_one.Local.Register(ServiceNode.Lease(id: "b") with { Check = ServiceNode.Check() }));
        _world.Run(2);

        int announced = _one.Done(_one.Local.AnnounceEnd());
        _world.Run(TimeSpan.FromMilliseconds(500));
        LocalAnswer late = _one.Done(_one.Local.Register(ServiceNode.Lease(id: "c")));

        Assert.Equal(2, announced);
        Assert.Equal(["web/a Draining", "web/b Draining"], _two.Rows());
        Assert.Equal(LocalResult.Ending, late.Result);
    }

    [Fact]
    public void FailingDisk_StopsNoRegistration_AndIsToldWithTheAnswer()
    {
        _one.Node.Disk.Fault = StorageFault.Full;

        LocalAnswer answer = _one.Done(_one.Local.Register(ServiceNode.Lease()));
        _world.Run(2);

        Assert.Equal((LocalResult.Created, "the test's disk"), (answer.Result, answer.NotKept));
        Assert.Equal(["web/a Up"], _two.Rows());
    }

    /// <summary>It said "kept" the second time, because nothing had changed, and the lease was gone after the restart.</summary>
    [Fact]
    public void LeaseThatTheDiskRefused_IsWritten_WhenItIsRegisteredAgain()
    {
        _one.Node.Disk.Fault = StorageFault.Full;
        _one.Done(_one.Local.Register(ServiceNode.Lease()));
        string? still = _one.Done(_one.Local.Register(ServiceNode.Lease())).NotKept;
        _one.Node.Disk.Fault = null;

        LocalAnswer again = _one.Done(_one.Local.Register(ServiceNode.Lease()));
        _world.Run(10);
        int writes = _one.Node.Disk.Writes;
        _one.Done(_one.Local.Register(ServiceNode.Lease()));

        Assert.Equal(("the test's disk", null), (still, again.NotKept));
        Assert.Equal(writes, _one.Node.Disk.Writes);
        using ServiceNode young = Restart(_one);
        _world.Run(1);
        Assert.Equal("web/a", Assert.Single(young.Done(young.Local.All())).Registration.Key);
    }

    /// <summary>It answered "not found" to what the disk was about to bring back, and then it was back.</summary>
    [Fact]
    public void WhatIsWishedBeforeTheLeasesAreBack_WaitsForThem()
    {
        foreach (string id in (string[])["a", "b", "c"]) _one.Done(_one.Local.Register(ServiceNode.Lease(id: id)));
        _one.Node.IsStopped = true;
        using var again = ServiceNode.In(_world, "n1", _one.Node.Disk);

        Task<LocalAnswer> ended = again.Local.Deregister("web/a");
        Task<LocalAnswer> renewed = again.Local.Renew("web/b");
        Task<DrainAnswer> drained = again.Local.Drain(new DrainQuestion("web", "c", true, "me"));

        Assert.Equal((LocalResult.Removed, LocalResult.Updated), (again.Done(ended).Result, again.Done(renewed).Result));
        Assert.Equal("web/c is draining", Assert.Single(again.Done(drained).Meant));
        Assert.Equal(["web/b Up", "web/c Draining"], again.Done(again.Local.All()).Select(static each => $"{each.Registration.Key} {each.State}"));
    }

    /// <summary>For a moment others dialled the app itself, in plain text, past the inbound side.</summary>
    [Fact]
    public void LeasesThatAreBack_AreTold_WhenItIsKnownWhereTheInboundSideIs()
    {
        _one.Done(_one.Local.Register(ServiceNode.Lease()));
        _one.Node.IsStopped = true;
        using var again = ServiceNode.In(_world, "n1", _one.Node.Disk, waitsForInbound: true);
        _world.AllUp();
        _world.Run(2);
        string[] before = _two.Rows();

        again.Done(again.Local.MoveInbound(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 4143), "n1.test"));
        _world.Run(2);

        Assert.Empty(before);
        Assert.Equal(["web/a Up"], _two.Rows());
        Assert.Equal("10.0.0.1:4143", $"{_two.Table.Find("web").Rows[0].Value.Inbound}");
    }

    [Fact]
    public void FullTable_RefusesTheNewcomer_AndKeepsNothingOfIt()
    {
        TableWorld world = new(seed: 3) { Settings = new() { MaxRowsPerOrigin = 1 } };
        using ServiceNode node = ServiceNode.In(world);
        world.AllUp();
        node.Done(node.Local.Register(ServiceNode.Lease(id: "a")));

        LocalAnswer answer = node.Done(node.Local.Register(ServiceNode.Lease(id: "b")));

        Assert.Equal(LocalResult.Full, answer.Result);
        Assert.Equal("web/a", Assert.Single(node.Done(node.Local.All())).Registration.Key);
    }

    /// <summary>The same disk and name, another process.</summary>
    private ServiceNode Restart(ServiceNode node)
    {
        node.Node.IsStopped = true;
        ServiceNode again = ServiceNode.In(_world, "n1", node.Node.Disk);
        _world.AllUp();
        return again;
    }
}
