using System.Buffers;
using System.Text;
using Mesh.Node.Telemetry;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.Telemetry;

public class RuntimeMetricsTests
{
    private sealed class SteppingTime : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(1_000) + Now;
    }

    private readonly MetricRegistry _registry = new(stripes: 1);
    private readonly SteppingTime _time = new();

    public RuntimeMetricsTests() => RuntimeMetrics.Register(_registry, _time);

    private Dictionary<string, ExpositionParser.Family> Render()
    {
        ArrayBufferWriter<byte> output = new();
        PrometheusText.Write(_registry, output);
        return ExpositionParser.Parse(Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void EveryRuntimeValueIsANumber()
    {
        Assert.All(Render().Values.SelectMany(family => family.Samples), sample => Assert.True(double.IsFinite(sample.Value), sample.Name));
    }

    [Theory]
    [InlineData(NodeMetricNames.ProcessCpu)]
    [InlineData(NodeMetricNames.ProcessResidentMemory)]
    [InlineData(NodeMetricNames.Threads)]
    [InlineData(NodeMetricNames.GcHeap)]
    [InlineData(NodeMetricNames.GcAllocated)]
    public void ARunningProcessHasMoreThanNothingOf(string name) => Assert.True(Render()[name].Samples.Single().Value > 0);

    [Fact]
    public void UptimeFollowsTheClockAndTheStartTimeStays()
    {
        _time.Now = TimeSpan.FromSeconds(90);

        Assert.Equal(90, Render()[NodeMetricNames.Uptime].Samples.Single().Value);
        Assert.Equal(1_000, Render()[NodeMetricNames.ProcessStartTime].Samples.Single().Value);
    }

    [Fact]
    public void BuildInfoNamesVersionAndRuntime()
    {
        ExpositionParser.Sample info = Render()[NodeMetricNames.BuildInfo].Samples.Single();

        Assert.Equal(1, info.Value);
        Assert.StartsWith("0.", info.Labels["version"], StringComparison.Ordinal);
        Assert.StartsWith("10.", info.Labels["runtime"], StringComparison.Ordinal);
    }
}
