using Mesh.Node.Telemetry.Linkerd;
using Mesh.Routing.Telemetry;
using Mesh.Tests.Kit;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.Telemetry.Linkerd;

public sealed class HistogramWindowsTests : IDisposable
{
    private const long Millisecond = 1_000_000;

    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly FakeTime _time = new();
    private readonly MetricRegistry _registry = new(stripes: 1);
    private readonly HistogramWindows _windows;
    private readonly Histogram _latency;
    private readonly LinkerdMetric _metric = new(LinkerdKind.Stat);

    public HistogramWindowsTests()
    {
        _windows = new HistogramWindows(_registry, _time);
        _latency = _registry.Histogram(RoutingMetricNames.ServerDuration, "H.", HistogramUnit.Seconds, LabelSet.Empty);
        _metric.Add(_latency, 1e-6);
    }

    public void Dispose() => _windows.Dispose();

    private LinkerdSummary Read()
    {
        _windows.Touch();
        return _windows.Summarize(_metric)!;
    }

    [Fact]
    public void Quantiles_ForgetWhatIsOlderThanTwoMinutes()
    {
        _latency.Record(0, 900 * Millisecond);
        double first = Read().Quantile(1);
        _time.Advance(s_minute);
        _latency.Record(0, Millisecond);
        double afterOne = Read().Quantile(1);
        _time.Advance(s_minute);

        double afterTwo = Read().Quantile(1);

        Assert.InRange(first, 880, 920);
        Assert.InRange(afterOne, 0.97, 1.03);
        Assert.InRange(afterTwo, 0.97, 1.03);
    }

    [Fact]
    public void Quantiles_KeepWhatIsYoungerThanAMinute()
    {
        Read0();
        _latency.Record(0, 5 * Millisecond);
        _time.Advance(s_minute);

        Assert.InRange(Read().Quantile(1), 4.9, 5.1);

        void Read0() => _windows.Touch();
    }

    [Fact]
    public void CountAndSum_OnlyGrow()
    {
        _latency.Record(0, 2 * Millisecond);
        Read();
        _time.Advance(3 * s_minute);
        _latency.Record(0, 3 * Millisecond);

        LinkerdSummary summary = Read();

        Assert.Equal((2, 5.0), (summary.Count, summary.Sum));
        Assert.InRange(summary.Average, 2.99, 3.01);
    }

    [Fact]
    public void NothingOfThePresent_LeavesCountAndSum()
    {
        _latency.Record(0, Millisecond);
        Read();
        _time.Advance(3 * s_minute);

        LinkerdSummary summary = Read();

        Assert.False(summary.HasRecent);
        Assert.Equal(1, summary.Count);
    }

    [Fact]
    public void NothingEverRecorded_IsNothing()
    {
        _windows.Touch();

        Assert.Null(_windows.Summarize(_metric));
    }

    [Fact]
    public void Photographs_AreTakenOnlyWhileSomebodyReads()
    {
        Assert.Equal(0, _time.PendingTimers);
        _latency.Record(0, Millisecond);
        Read();
        Assert.Equal(1, _time.PendingTimers);

        _time.Advance(12 * s_minute);

        Assert.Equal(0, _time.PendingTimers);
        Assert.True(Read().HasRecent);
        Assert.Equal(1, _time.PendingTimers);
    }
}
