using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Mesh.Node.Telemetry;
using Mesh.Tests.Kit;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.Telemetry;

public class PrometheusTextTests
{
    private readonly MetricRegistry _registry = new(stripes: 2);

    private Dictionary<string, ExpositionParser.Family> Render() => ExpositionParser.Parse(Text());

    private string Text()
    {
        ArrayBufferWriter<byte> output = new();
        PrometheusText.Write(_registry, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    [Fact]
    public void ACounterIsOneLineWithItsHelpAndType()
    {
        _registry.Counter("a_total", "All of a.", LabelSet.Of(("router", "http"), ("server", "0.0.0.0/4140"))).Add(1, 42);

        Assert.Contains(
            "# HELP a_total All of a.\n# TYPE a_total counter\na_total{router=\"http\",server=\"0.0.0.0/4140\"} 42\n",
            Text(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData("\\")]
    [InlineData("\"quoted\" and \\n that is no line feed")]
    [InlineData("two\nlines\n")]
    [InlineData("ünïcödé \U0001F600")]
    public void LabelValuesSurviveTheRoundTrip(string value)
    {
        _registry.Counter("a_total", "A.", LabelSet.Of(("v", value)));

        Assert.Equal(value, Render()["a_total"].Samples.Single().Labels["v"]);
    }

    [Fact]
    public void HelpIsEscapedButKeepsItsQuotes()
    {
        _registry.Counter("a_total", "a \"b\" \\ c\nd", LabelSet.Empty);

        Assert.Equal("a \"b\" \\\\ c\\nd", Render()["a_total"].Help);
    }

    [Fact]
    public void AHistogramIsCumulativeInSecondsAndEndsAtItsCount()
    {
        Histogram histogram = _registry.Histogram("h_seconds", "H.", HistogramUnit.Seconds, LabelSet.Of(("s", "x")));
        histogram.Record(0, 50_000);
        histogram.Record(1, 3_000_000);
        histogram.Record(1, 7_000_000_000);
        histogram.Record(1, 500_000_000_000);

        List<ExpositionParser.Sample> samples = Render()["h_seconds"].Samples;

        ExpositionParser.Sample[] buckets = [.. samples.Where(s => s.Name == "h_seconds_bucket")];
        Assert.Equal(19, buckets.Length);
        Assert.Equal(buckets.Select(b => b.Value).Order(), buckets.Select(b => b.Value));
        Assert.Equal(1, Bucket("0.0001"));
        Assert.Equal(1, Bucket("0.0025"));
        Assert.Equal(2, Bucket("0.005"));
        Assert.Equal(3, Bucket("10"));
        Assert.Equal(3, Bucket("60"));
        Assert.Equal(4, Bucket("+Inf"));
        Assert.Equal("+Inf", buckets[^1].Labels["le"]);
        Assert.Equal(507.00305, samples.Single(s => s.Name == "h_seconds_sum").Value, 1e-9);
        Assert.Equal(4, samples.Single(s => s.Name == "h_seconds_count").Value);
        Assert.All(samples, s => Assert.Equal("x", s.Labels["s"]));

        double Bucket(string le) => buckets.Single(b => b.Labels["le"] == le).Value;
    }

    [Fact]
    public void BytesKeepTheirUnit()
    {
        _registry.Histogram("h_bytes", "H.", HistogramUnit.Bytes, LabelSet.Empty).Record(1, 1_500);

        List<ExpositionParser.Sample> samples = Render()["h_bytes"].Samples;

        Assert.Equal(0, samples.Single(s => s.Labels.GetValueOrDefault("le") == "1024").Value);
        Assert.Equal(1, samples.Single(s => s.Labels.GetValueOrDefault("le") == "4096").Value);
        Assert.Equal(1_500, samples.Single(s => s.Name == "h_bytes_sum").Value);
    }

    [Fact]
    public void CountsHaveABoundForEachOfTheSmallOnes()
    {
        Histogram histogram = _registry.Histogram("h_retries", "H.", HistogramUnit.Count, LabelSet.Empty);
        foreach (int value in (int[])[0, 0, 1, 2, 3]) histogram.Record(1, value);

        List<ExpositionParser.Sample> samples = Render()["h_retries"].Samples;

        string[] bounds = ["0", "1", "2", "3", "25"];
        Assert.Equal([2, 3, 4, 5, 5], bounds.Select(bound => samples.Single(s => s.Labels.GetValueOrDefault("le") == bound).Value));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(0.1)]
    [InlineData(-1e300)]
    [InlineData(5e-324)]
    public void GaugesRenderEveryDouble(double value)
    {
        _registry.Gauge("g", "G.", LabelSet.Empty, () => value);

        Assert.Equal(value, Render()["g"].Samples.Single().Value);
    }

    [Fact]
    public void RenderingAllocatesNothingBesideTheOutput()
    {
        for (int i = 0; i < 50; i++) _registry.Histogram("h_seconds", "H.", HistogramUnit.Seconds, LabelSet.Of(("i", $"{i}"))).Record(1, 9_000);
        ArrayBufferWriter<byte> output = new(1 << 20);
        PrometheusText.Write(_registry, output);

        long allocated = Allocated.Least(() =>
        {
            output.ResetWrittenCount();
            PrometheusText.Write(_registry, output);
        });

        Assert.InRange(allocated, 0, 1_024);
    }

    [Fact]
    public async Task ALongExpositionFlushesOnTheWayAndEndsWhenTheReaderLeaves()
    {
        for (int i = 0; i < 2_000; i++) _registry.Counter("a_total", "A.", LabelSet.Of(("i", $"{i}")));
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 32 * 1024, resumeWriterThreshold: 16 * 1024, useSynchronizationContext: false));

        Task writing = PrometheusText.WriteAsync(_registry, pipe.Writer, CancellationToken.None).AsTask();
        ReadResult first = await pipe.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        bool heldBack = !writing.IsCompleted;
        pipe.Reader.AdvanceTo(first.Buffer.Start);
        await pipe.Reader.CompleteAsync();
        await writing.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.True(heldBack);
        Assert.InRange(first.Buffer.Length, 16 * 1024, 40 * 1024);
    }
}
