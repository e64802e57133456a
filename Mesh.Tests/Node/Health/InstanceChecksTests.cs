using Mesh.Discovery.Services;
using Mesh.Node.Health;
using Mesh.Tests.Actors.Tables;
using Mesh.Tests.Discovery.Services;
using Mesh.Tests.EndToEnd;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Node.Health;

/// <summary>The checks of hosted instances, on a clock that stands still; they go to real servers.</summary>
public sealed class InstanceChecksTests : IDisposable
{
    private readonly TableWorld _world = new(seed: 7);
    private readonly FakeTime _time = new();
    private readonly HealthProbe _probe = new(TimeProvider.System);
    private readonly ServiceNode _node;
    private readonly InstanceChecks _checks;

    public InstanceChecksTests()
    {
        _node = ServiceNode.In(_world);
        _world.AllUp();
        _world.Run(1);
        _checks = new InstanceChecks(_node.Local, _probe, _time, seed: 7);
    }

    public void Dispose()
    {
        _checks.Dispose();
        _probe.Dispose();
        _node.Dispose();
    }

    /// <summary>A healthy instance began anew as a sick one with each change of a tag, and one bad check took it out.</summary>
    [Fact]
    public async Task NewTagsOrWeight_AreNoReasonToDoubtItsHealth()
    {
        bool isGood = true;
        await using Origin origin = Origin.Answering(
            _ => Volatile.Read(ref isGood) ? Origin.Ok("") : "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
        Registration lease = LeaseAt(origin);
        _node.Done(_node.Local.Register(lease));
        await CheckAsync();
        string[] before = _node.Rows();

        Volatile.Write(ref isGood, false);
        _node.Done(_node.Local.Register(lease with { Tags = ["v2"], Weight = 2, Zone = "b", Ttl = TimeSpan.FromMinutes(20) }));
        await CheckAsync();
        await CheckAsync();
        string[] after = _node.Rows();
        await CheckAsync();

        Assert.Equal(["web/a Up"], before);
        Assert.Equal(["web/a Up"], after);
        Assert.Equal(["web/a Unhealthy"], _node.Rows());
        Assert.Equal(4, origin.Requests.Count);
    }

    [Fact]
    public async Task AnotherPlace_IsCheckedAnew_AndTheOldOneNoMore()
    {
        await using Origin old = Origin.Saying("");
        await using Origin young = Origin.Saying("");
        _node.Done(_node.Local.Register(LeaseAt(old)));
        await CheckAsync();

        _node.Done(_node.Local.Register(LeaseAt(young)));
        _world.Run(2);
        string[] before = _node.Rows();
        await CheckAsync();

        Assert.Equal(["web/a Unhealthy"], before);
        Assert.Equal(["web/a Up"], _node.Rows());
        Assert.Equal((1, 1), (old.Requests.Count, young.Requests.Count));
    }

    private static Registration LeaseAt(Origin origin) => ServiceNode.Lease(port: origin.Port, seconds: 600) with
    {
        Check = ServiceNode.Check() with { IntervalMs = 60_000, TimeoutMs = 60_000 },
    };

    /// <summary>One check, which is over when the next is on its timer; then what it found is told.</summary>
    private async Task CheckAsync()
    {
        Assert.True(_time.AdvanceToNext(), "no check is due, ever");
        await Eventually.HoldsAsync(() => _time.PendingTimers == 1, () => "the check does not end");
        _world.Run(2);
    }
}
