using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Mesh.Node.Demo;
using Mesh.Node.Hosting;
using Xunit;

namespace Mesh.Tests.Node.Demo;

/// <summary>A whole demo in this process: services, node, traffic, screen; it ends on what happens in it, not on a time.</summary>
public sealed partial class MeshDemoTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly DemoOptions _options = new() { RouterPort = 0, AdminPort = 0, RequestsPerSecond = 200, For = TimeSpan.FromHours(1) };

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Shows_TablesCurlLinesAndWhatTheClientSaw()
    {
        DemoOptions options = _options with { Requests = 80, RequestsPerSecond = 4000, Time = new PacedTime(0.05) };

        await RunAsync(options, new PlainScreen(_output, TimeSpan.FromHours(1)));

        string said = _output.ToString();
        Assert.Matches(@"curl -H 'Host: hello' http://127\.0\.0\.1:\d+/", said);
        Assert.Matches(@"curl -i -H 'Host: nobody' http://127\.0\.0\.1:\d+/", said);
        Assert.Matches(@"http_proxy=127\.0\.0\.1:\d+ curl http://hello/", said);
        Assert.Matches(@"curl http://127\.0\.0\.1:\d+/metrics", said);
        Assert.Contains("dtab: /svc => /#/io.l5d.fs ;", said, StringComparison.Ordinal);
        Assert.Matches(@"/svc/hello +100\.00 %", said);
        Assert.Matches(@"/svc/world +100\.00 %", said);
        Assert.Matches(@"hello-1 .* alive ", said);
        Assert.Matches(@"world-3 \(slow\) .* alive ", said);
        Assert.Contains("The client saw: 80 requests in ", said, StringComparison.Ordinal);
        Assert.Contains(" 100.00 % success, 0 failed.", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LeavesNothingBehind()
    {
        await RunAsync(_options with { Requests = 1 }, new PlainScreen(_output, TimeSpan.FromHours(1)));

        string said = _output.ToString();
        int port = int.Parse(RouterPort().Match(said).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.False(File.Exists(ConfigFile().Match(said).Groups[1].Value));
        Assert.Equal(port, PreferredPort.OrAny(port));
    }

    [Fact]
    public async Task TakesOtherPorts_WhereItsOwnAreBusy()
    {
        using TcpListener busy = new(IPAddress.Loopback, 0);
        busy.Start();
        int port = ((IPEndPoint)busy.LocalEndpoint).Port;

        await RunAsync(_options with { Requests = 1, RouterPort = port, AdminPort = port }, new PlainScreen(_output, TimeSpan.FromHours(1)));

        Assert.Contains($"Port {port} is in use: the router took ", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains($"Port {port} is in use: admin took ", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("The client saw: 1 requests", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShowsThatAccrualTakesTheFailingInstanceOut_AndEndsWhenAsked()
    {
        using CancellationTokenSource asked = new();
        List<DemoFrame> frames = [];
        FrameWatcher screen = new(frame =>
        {
            frames.Add(frame);
            if (frame.Events.Any(static move => move.Contains("out of the balancer", StringComparison.Ordinal))) asked.Cancel();
        });

        await RunAsync(_options with { Time = new PacedTime(5) }, screen, asked.Token);

        Assert.Contains(
            frames.SelectMany(static frame => frame.Events),
            static move => move.Contains("world-4 (fails): too many failures", StringComparison.Ordinal));
        Assert.Contains(frames.SelectMany(static frame => frame.Instances), static row => row is { Name: "world-4 (fails)", Breaker: not "alive" });
        Assert.Matches(@"world-4 \(fails\) answered [1-9]\d* of its \d+ requests with 503", _output.ToString());
        Assert.Matches(@"taken out altogether: [1-9]", _output.ToString());
    }

    [Fact]
    public async Task EndsByItself_WhenTheTimeIsOver()
    {
        await RunAsync(_options with { For = TimeSpan.FromMilliseconds(1) }, new PlainScreen(_output, TimeSpan.FromHours(1)));

        Assert.Contains("The client saw: ", _output.ToString(), StringComparison.Ordinal);
    }

    private Task RunAsync(DemoOptions options, IDemoScreen screen, CancellationToken asked = default)
    {
        MeshDemo demo = new(options, screen, _output, new NodeLog(_error, TimeProvider.System));
        return demo.RunAsync(asked).WaitAsync(s_patience, CancellationToken.None);
    }

    [GeneratedRegex(@"http_proxy=127\.0\.0\.1:(\d+)")]
    private static partial Regex RouterPort();

    [GeneratedRegex(@"The node's config, (.*):")]
    private static partial Regex ConfigFile();

    /// <summary>Passes frames on, many a second.</summary>
    private sealed class FrameWatcher(Action<DemoFrame> seen) : IDemoScreen
    {
        public TimeSpan Interval => TimeSpan.FromMilliseconds(50);

        public Task RunAsync(Func<Action<DemoFrame>, Task> part) => part(seen);
    }

    /// <summary>A clock that runs faster or slower than its timers, so that the first bad spell comes soon, or never within a test.</summary>
    private sealed class PacedTime(double pace) : TimeProvider
    {
        public override long GetTimestamp() => (long)(System.GetTimestamp() * pace);
    }
}
