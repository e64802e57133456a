using System.Net;
using System.Net.Sockets;
using Mesh.Node.Demo;
using Mesh.Tests.Kit;
using Mesh.Wire.Metrics;
using Spectre.Console;
using Xunit;

namespace Mesh.Tests.Node.Demo;

/// <summary>The demo's parts, each for itself.</summary>
public sealed class DemoPartsTests
{
    private static readonly TrafficLine s_line = new(12.5, 0.95, 0.1234, 20.06, 150);
    private static readonly DemoFrame s_frame = new(
        TimeSpan.FromSeconds(7),
        TimeSpan.FromSeconds(5),
        [new ServiceRow("/svc/world", s_line)],
        [
            new InstanceRow("world-4 (fails)", "127.0.0.1:5004", "dead", 0, 1.5, s_line),
            new InstanceRow("world ?", "127.0.0.1:5009", "alive", 1, null, null),
        ],
        ["   6.9 s  world-4 (fails): its probe failed: rests on"]);

    [Theory]
    [InlineData(0, false)]
    [InlineData(2999, false)]
    [InlineData(3000, true)]
    [InlineData(4999, true)]
    [InlineData(5000, false)]
    [InlineData(13000, true)]
    [InlineData(3605000, false)]
    public void BadSpells_AreTwoSecondsOfEachTen(int milliseconds, bool bad)
    {
        Assert.Equal(bad, BadSpells.Contain(TimeSpan.FromMilliseconds(milliseconds)));
    }

    [Fact]
    public void TrafficLine_TellsTheIntervalAlone()
    {
        Histogram latency = new MetricRegistry(1).Histogram("h_seconds", "h", HistogramUnit.Seconds, LabelSet.Empty);
        latency.Record(0, 900_000_000);
        TrafficCount before = new(1, 0, latency.Snapshot());
        for (int i = 0; i < 4; i++) latency.Record(0, 2_000_000);

        TrafficLine line = new TrafficCount(5, 3, latency.Snapshot()).Since(before, TimeSpan.FromSeconds(2));

        Assert.Equal((2.0, 0.75), (line.PerSecond, line.SuccessRate));
        Assert.InRange(line.P99!.Value, 1.9, 2.1);
    }

    [Fact]
    public void TrafficLine_HasNoRatesWhereNothingCame()
    {
        TrafficLine line = TrafficCount.None.Since(TrafficCount.None, TimeSpan.Zero);

        Assert.Equal(new TrafficLine(0, null, null, null, null), line);
    }

    [Fact]
    public void PreferredPort_IsAnyWhereTheOneIsBusy()
    {
        using TcpListener busy = new(IPAddress.Loopback, 0);
        busy.Start();
        int free = Ports.Free();

        Assert.Equal(0, PreferredPort.OrAny(((IPEndPoint)busy.LocalEndpoint).Port));
        Assert.Equal(free, PreferredPort.OrAny(free));
    }

    [Fact]
    public async Task PlainScreen_WritesABlockOfAlignedLines()
    {
        using StringWriter output = new();

        await new PlainScreen(output, TimeSpan.FromSeconds(1)).RunAsync(Draw);

        string[] lines = output.ToString().ReplaceLineEndings("\n").Split('\n');
        Assert.Equal("--- 7.0 s; the last 5.0 s; latencies in ms", lines[0]);
        Assert.Equal("service     success   rps   p50   p95    p99", lines[1]);
        Assert.Equal("/svc/world  95.00 %  12.5  0.12  20.1  150.0", lines[2]);
        Assert.StartsWith("world-4 (fails)  95.00 %  12.5 ", lines[4], StringComparison.Ordinal);
        Assert.Equal(lines[4].Length, lines[5].Length);
        Assert.Equal(s_frame.Events[0], lines[6]);
    }

    [Fact]
    public async Task LiveScreen_DrawsBothTablesAndTheMoves()
    {
        using StringWriter output = new();
        AnsiConsoleOutput target = new(output);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = target, Ansi = AnsiSupport.Yes });
        console.Profile.Width = 80;

        await new LiveScreen(console).RunAsync(Draw);

        string drawn = output.ToString();
        Assert.Contains("/svc/world", drawn, StringComparison.Ordinal);
        Assert.Contains("world-4 (fails)", drawn, StringComparison.Ordinal);
        Assert.Matches(@"world \? .* alive", drawn);
        Assert.Contains("its probe failed", drawn, StringComparison.Ordinal);
    }

    [Fact]
    public void Stage_IsPlainWhereOutputIsNoTerminal()
    {
        using StringWriter output = new();

        Assert.IsType<PlainScreen>(DemoStage.For(output));
    }

    private static Task Draw(Action<DemoFrame> show)
    {
        show(s_frame);
        return Task.CompletedTask;
    }
}
