using Mesh.Node.Config;
using Mesh.Routing.Destinations;
using Mesh.Tests.EndToEnd;
using Xunit;

namespace Mesh.Tests.Node.Health;

/// <summary>Checks in step with a destination and with the config.</summary>
public sealed class HealthCheckerTests : IAsyncLifetime
{
    private readonly Origin _one;
    private readonly Origin _other;
    private volatile int _status = 200;

    public HealthCheckerTests()
    {
        _one = Origin.Answering(_ => $"HTTP/1.1 {_status} X\r\nContent-Length: 0\r\n\r\n");
        _other = Origin.Saying("ok");
    }

    private static HealthCheckConfig Config => new() { Path = "/health", IntervalMs = 10_000, UnhealthyThreshold = 3, HealthyThreshold = 2 };

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task Endpoint_GoesSickAndComesBack()
    {
        using HealthLab lab = new(Config, _one);
        Endpoint endpoint = lab.EndpointOf(_one);
        await lab.CheckAsync(1);

        _status = 500;
        await lab.CheckAsync(2);
        bool afterTwoBad = endpoint.IsSick;
        await lab.CheckAsync(1);
        bool afterThreeBad = endpoint.IsSick;
        _status = 200;
        await lab.CheckAsync(1);
        bool afterOneGood = endpoint.IsSick;
        await lab.CheckAsync(1);

        Assert.Equal((false, true, true, false), (afterTwoBad, afterThreeBad, afterOneGood, endpoint.IsSick));
        Assert.Equal(6, lab.Done);
    }

    [Theory]
    [InlineData(null, "web.example")]
    [InlineData("check.example", "check.example")]
    public async Task EndpointWithAnAuthority_IsAskedByIt_UnlessTheConfigNamesAHost(string? configured, string asked)
    {
        using HealthLab lab = new(Config with { Host = configured });
        lab.Become(_one, "web.example");

        await lab.CheckAsync(1);

        Assert.Equal(asked, _one.Requests[0]["Host"]);
    }

    [Fact]
    public async Task First_ComesSoonAndOthersByTheInterval()
    {
        using HealthLab lab = new(Config, _one);
        TimeSpan began = lab.Time.GetElapsedTime(0);

        await lab.CheckAsync(1);
        TimeSpan first = lab.Time.GetElapsedTime(0) - began;
        await lab.CheckAsync(1);
        TimeSpan second = lab.Time.GetElapsedTime(0);
        await lab.CheckAsync(1);
        TimeSpan third = lab.Time.GetElapsedTime(0);

        Assert.InRange(first, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.InRange(third - second, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(11));
    }

    [Fact]
    public async Task SlowCheck_IsNotOvertakenByTheNext()
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Origin silent = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            asked.TrySetResult();
            await peer.ReadToEndAsync();
        });
        using HealthLab lab = new(Config with { IntervalMs = 100, TimeoutMs = 60_000, UnhealthyThreshold = 1 }, silent);
        lab.Begin();
        await asked.Task.WaitAsync(Peer.Patience);

        lab.Time.Advance(TimeSpan.FromSeconds(50));
        int meanwhile = silent.Connections;
        lab.Time.Advance(TimeSpan.FromSeconds(10));
        await lab.UntilAsync(done: 1);

        Assert.Equal(1, meanwhile);
        Assert.True(lab.EndpointOf(silent).IsSick);
    }

    [Fact]
    public async Task EndpointThatLeaves_IsNotCheckedAnyMore()
    {
        using HealthLab lab = new(Config, _one, _other);
        await lab.CheckAsync(2);

        lab.Become(_other);
        int before = _one.Connections;
        await lab.CheckAsync(3);

        Assert.Equal((before, 1), (_one.Connections, lab.Time.PendingTimers));
    }

    [Fact]
    public async Task EndpointThatJoins_IsCheckedSoon()
    {
        using HealthLab lab = new(Config, _other);
        await lab.CheckAsync(3);
        TimeSpan joined = lab.Time.GetElapsedTime(0);

        lab.Become(_other, _one);
        while (_one.Connections == 0) await lab.CheckAsync(1);

        Assert.InRange(lab.Time.GetElapsedTime(0) - joined, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task SickEndpoint_IsSickStillWhenItComesBackSoon()
    {
        _status = 500;
        using HealthLab lab = new(Config, _one);
        await lab.CheckAsync(3);
        Endpoint before = lab.EndpointOf(_one);

        lab.Become();
        lab.Become(_one);
        Endpoint after = lab.EndpointOf(_one);
        bool soon = after.IsSick;
        lab.Become();
        lab.Time.Advance(TimeSpan.FromMinutes(6));
        lab.Become(_one);

        Assert.NotSame(before, after);
        Assert.Equal((true, false), (soon, lab.EndpointOf(_one).IsSick));
    }

    [Fact]
    public async Task Evidence_IsWhatTheLastBadCheckMet()
    {
        _status = 500;
        using HealthLab lab = new(Config, _one);
        await lab.CheckAsync(3);
        string? first = lab.EndpointOf(_one).Sickness?.Result;

        _status = 503;
        await lab.CheckAsync(1);
        string? then = lab.EndpointOf(_one).Sickness?.Result;
        _status = 200;
        await lab.CheckAsync(1);

        Assert.Equal(("GET /health answered 500", "GET /health answered 503"), (first, then));
        Assert.Equal("GET /health answered 503", lab.EndpointOf(_one).Sickness?.Result);
    }

    [Fact]
    public async Task NobodyListens_IsToldAsSuch()
    {
        using HealthLab lab = new(Config, _one);
        await _one.DisposeAsync();
        await lab.CheckAsync(3);

        Assert.True(lab.EndpointOf(_one).Sickness?.Refuses);
    }

    [Fact]
    public async Task EndpointWhoseObjectIsReplaced_StaysWithItsChecks()
    {
        _status = 500;
        using HealthLab lab = new(Config, _one);
        await lab.CheckAsync(3);
        Endpoint old = lab.EndpointOf(_one);

        lab.ReplaceObjects();
        Endpoint replaced = lab.EndpointOf(_one);
        bool atFirst = replaced.IsSick;
        _status = 200;
        await lab.CheckAsync(2);

        Assert.NotSame(old, replaced);
        Assert.Equal((true, false, 5), (atFirst, replaced.IsSick, lab.Done));
    }

    [Fact]
    public async Task EndOfTheNode_IsNoRecovery()
    {
        _status = 500;
        using HealthLab lab = new(Config, _one);
        await lab.CheckAsync(3);

        lab.Checker.Dispose();

        Assert.Equal((1, 0), (lab.Sick, lab.Time.PendingTimers));
    }

    [Fact]
    public async Task ReloadWithoutChecks_EndsThemAndNobodyIsSick()
    {
        _status = 500;
        using HealthLab lab = new(Config, _one);
        await lab.CheckAsync(3);
        int sickBefore = lab.Sick;

        lab.Config = null;
        lab.Checker.Reconfigure();

        Assert.Equal((1, 0, 0), (sickBefore, lab.Sick, lab.Time.PendingTimers));
    }

    [Fact]
    public async Task ReloadWithChecks_BeginsThem()
    {
        using HealthLab lab = new(config: null, _one);
        int before = lab.Time.PendingTimers;

        lab.Config = Config;
        lab.Checker.Reconfigure();
        await lab.CheckAsync(1);

        Assert.Equal((0, 1), (before, _one.Connections));
    }

    [Fact]
    public async Task ReloadWithOtherWords_KeepsWhatIsKnownAndAsksByThem()
    {
        _status = 500;
        using HealthLab lab = new(Config, _one);
        await lab.CheckAsync(3);

        lab.Config = Config with { Path = "/ready", IntervalMs = 2000, HealthyThreshold = 1 };
        lab.Checker.Reconfigure();
        bool still = lab.EndpointOf(_one).IsSick;
        TimeSpan reloaded = lab.Time.GetElapsedTime(0);
        _status = 200;
        await lab.CheckAsync(1);

        Assert.Equal((true, false), (still, lab.EndpointOf(_one).IsSick));
        Assert.InRange(lab.Time.GetElapsedTime(0) - reloaded, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.StartsWith("GET /ready ", _one.Requests[^1].Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task End_ComesAmidACheckAndTheCheckSaysNothing()
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource hungUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Origin silent = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            asked.TrySetResult();
            await peer.EndsByResetAsync();
            hungUp.TrySetResult();
        });
        using HealthLab lab = new(Config with { UnhealthyThreshold = 1 }, silent);
        lab.Begin();
        await asked.Task.WaitAsync(Peer.Patience);

        lab.Checker.Dispose();
        await hungUp.Task.WaitAsync(Peer.Patience);

        await Eventually.HoldsAsync(() => lab.Time.PendingTimers == 0, () => "timers are left");
        Assert.Equal((0, false), (lab.Done, lab.EndpointOf(silent).IsSick));
    }

    [Fact]
    public async Task DestinationThatGoes_EndsItsChecks()
    {
        using HealthLab lab = new(Config, _one, _other);
        await lab.CheckAsync(2);

        lab.Checker.End(lab.Destination);
        lab.Become(_one);
        lab.Checker.Reconfigure();

        Assert.Equal(0, lab.Time.PendingTimers);
    }

    [Fact]
    public async Task AllSick_ServesAllTheSame()
    {
        _status = 500;
        using HealthLab lab = new(Config, _one);
        await lab.CheckAsync(3);

        Mesh.Wire.SplitMix64 random = new(1);
        Assert.True(lab.Destination.TryPick(new Mesh.Routing.Balancing.PickRequest(1), ref random, out EndpointLease lease));
        lease.Complete(Mesh.Routing.Accrual.Outcome.Success, 2);
    }
}
