using Mesh.Node.Demo;
using Mesh.Node.Demo.Fleet;
using Xunit;

namespace Mesh.Tests.Node.Demo.Fleet;

/// <summary>A whole demo of three real nodes in this process.</summary>
public sealed class FleetDemoTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task ANodeIsKilledAndComesBack_AndTheClientsNeverFail()
    {
        using StringWriter output = new();
        using CancellationTokenSource asked = new();
        List<FleetFrame> frames = [];
        Watcher screen = new(frame =>
        {
            frames.Add(frame);
            bool again = frames.Any(static each => each.Events.Any(static line => line.Contains("is started again", StringComparison.Ordinal)));
            if (again && frame.Nodes.All(static row => row is { State: "up", Up: 3 })) asked.Cancel();
        });
        DemoOptions options = new() { RouterPort = 0, AdminPort = 0, ClusterPort = 0, RequestsPerSecond = 50, For = TimeSpan.FromSeconds(12) };

        await new FleetDemo(3, options, screen, output).RunAsync(asked.Token).WaitAsync(s_patience, CancellationToken.None);

        string said = output.ToString();
        Assert.Contains(frames.SelectMany(static frame => frame.Nodes), static row => row.State == "killed");
        IEnumerable<string> events = frames.SelectMany(static frame => frame.Events);
        Assert.Contains(events, static line => line.Contains("is unreachable, say all 2", StringComparison.Ordinal));
        Assert.Matches(@"The client saw: \d+ requests in [\d.]+ s, 100\.00 % success, 0 failed; it moved on [1-9]\d* times\.", said);
        Assert.Matches(@"n\d was killed: unreachable to all after [\d.]+ s", said);
        Assert.Matches(@"n\d was started again", said);
        string folder = System.Text.RegularExpressions.Regex.Match(said, @"directories: (.*)").Groups[1].Value.TrimEnd();
        Assert.False(Directory.Exists(folder));
    }

    /// <summary>Passes frames on, many a second.</summary>
    private sealed class Watcher(Action<FleetFrame> seen) : IFleetScreen
    {
        public TimeSpan Interval => TimeSpan.FromMilliseconds(100);

        public Task RunAsync(Func<Action<FleetFrame>, Task> part) => part(seen);
    }
}
