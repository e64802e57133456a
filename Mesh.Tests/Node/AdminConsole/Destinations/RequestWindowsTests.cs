using Mesh.Node.AdminConsole.Destinations;
using Mesh.Node.Proxy;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Routing.Retries;
using Mesh.Routing.Telemetry;
using Mesh.Tests.Kit;
using Mesh.Tests.Routing.Destinations;
using Mesh.Wire.Loops;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole.Destinations;

public sealed class RequestWindowsTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly RouterMetrics _metrics = new(new MetricRegistry(stripes: 1), "http");
    private readonly Backend _backend;
    private readonly RequestWindows _windows;

    public RequestWindowsTests()
    {
        Destination destination = DestinationFixture.Of(BalancerKind.RoundRobin, 1).Destination;
        BackendSettings settings = new(LoopTimer.Never, RetryBudgetConfig.Default, null, null);
        _backend = new Backend(destination, _metrics.ForDestination(destination.Id.ToString()), settings);
        _windows = new RequestWindows(() => [_backend], _time);
    }

    public void Dispose()
    {
        _windows.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public void WhoLooksFirst_SeesAllSinceTheDestinationWasBound()
    {
        Complete(3, success: true, TimeSpan.FromMilliseconds(10));
        Complete(1, success: false, TimeSpan.FromMilliseconds(10));

        _windows.Touch();
        RequestRates rates = _windows.Of(_backend);

        Assert.Equal((3, 1, 0.75, null), (rates.Successes, rates.Failures, rates.SuccessShare, rates.Over));
        Assert.InRange(rates.P50!.Value.TotalMilliseconds, 9.7, 10.3);
    }

    [Fact]
    public void Later_OnlyTheLastMinuteCounts()
    {
        _windows.Touch();
        Complete(100, success: false, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal((100, TimeSpan.FromSeconds(30)), (_windows.Of(_backend).Failures, _windows.Of(_backend).Over));

        _time.Advance(TimeSpan.FromSeconds(40));
        Complete(5, success: true, TimeSpan.FromMilliseconds(1));
        _time.Advance(TimeSpan.FromSeconds(25));
        RequestRates rates = _windows.Of(_backend);

        Assert.Equal((5, 0, TimeSpan.FromSeconds(65)), (rates.Successes, rates.Failures, rates.Over));
        Assert.InRange(rates.P99!.Value.TotalMilliseconds, 0.97, 1.03);
    }

    [Fact]
    public void WhenNobodyLooks_NothingIsKept()
    {
        _windows.Touch();
        _time.Advance(TimeSpan.FromMinutes(11));

        Assert.Null(_windows.Of(_backend).Over);
        Assert.Null(_windows.Of(_backend).SuccessShare);
    }

    private void Complete(int count, bool success, TimeSpan latency)
    {
        for (int i = 0; i < count; i++) _backend.Metrics.Complete(0, success ? 200 : 500, success, (long)latency.TotalNanoseconds);
    }
}
