using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Active checks take out whom traffic alone would not.</summary>
public sealed class HealthCheckTests
{
    private const string Often = "client: {healthCheck: {kind: http, path: /health, intervalMs: 100, unhealthyThreshold: 2, healthyThreshold: 2}}";

    /// <summary>Answers traffic well, and its health path as it is told.</summary>
    private sealed class Backend : IAsyncDisposable
    {
        private volatile int _health = 200;

        public Backend(string name) => Origin = Origin.Answering(request => request.StartLine.Contains("/health", StringComparison.Ordinal)
            ? $"HTTP/1.1 {_health} X\r\nContent-Length: 0\r\n\r\n"
            : Origin.Ok(name));

        public Origin Origin { get; }

        public int Health
        {
            set => _health = value;
        }

        public ValueTask DisposeAsync() => Origin.DisposeAsync();
    }

    private static Task<TestNode> StartAsync(NamesFolder names) => TestNode.RoutingAsync("/svc => /#/io.l5d.fs", Often, top: names.Config);

    [Fact]
    public async Task BackendWhoseHealthPathFails_IsTakenOutAndComesBack()
    {
        await using Backend well = new("well");
        await using Backend ill = new("ill");
        using NamesFolder names = new();
        names.Write("web", well.Origin, ill.Origin);
        await using TestNode node = await StartAsync(names);
        await SeenAsync(node, "ill");

        ill.Health = 500;
        await node.MetricIsAsync(1, "mesh_destination_endpoints", ("phase", "sick"));
        string[] whileSick = [.. await AnswersAsync(node, 20)];
        ill.Health = 200;
        await node.MetricIsAsync(0, "mesh_destination_endpoints", ("phase", "sick"));
        await SeenAsync(node, "ill");

        Assert.All(whileSick, answer => Assert.Equal("well", answer));
        Assert.Equal(0, node.Metric("mesh_destination_failures_total"));
        Assert.True(node.Metric("mesh_destination_health_checks_total", ("result", "bad")) >= 2);
        Assert.True(node.Metric("mesh_destination_health_checks_total", ("result", "good")) >= 2);
    }

    [Fact]
    public async Task WhenAllAreSick_TrafficGoesOn()
    {
        await using Backend one = new("one");
        await using Backend other = new("other");
        using NamesFolder names = new();
        names.Write("web", one.Origin, other.Origin);
        await using TestNode node = await StartAsync(names);
        await node.GetAsync();

        one.Health = other.Health = 500;
        await node.MetricIsAsync(2, "mesh_destination_endpoints", ("phase", "sick"));

        Assert.All(await AnswersAsync(node, 10), answer => Assert.Contains(answer, new[] { "one", "other" }));
    }

    [Fact]
    public async Task ReloadThatSwitchesChecksOff_BringsAllBackAtOnce()
    {
        await using Backend well = new("well");
        await using Backend ill = new("ill");
        using NamesFolder names = new();
        names.Write("web", well.Origin, ill.Origin);
        await using TestNode node = await TestNode.StartAsync(Text(names, Often + ","));
        await node.GetAsync();
        ill.Health = 500;
        await node.MetricIsAsync(1, "mesh_destination_endpoints", ("phase", "sick"));

        node.Reload(Text(names, ""));
        double sick = node.Metric("mesh_destination_endpoints", ("phase", "sick"));

        Assert.Equal(0, sick);
        await SeenAsync(node, "ill");
    }

    private static string Text(NamesFolder names, string client) => $$"""
        { admin: {port: 0, shutdownGraceMs: 20000}, loops: 1, {{names.Config}},
          routers: [{ protocol: http, label: test, dtab: "/svc => /#/io.l5d.fs", {{client}} servers: [{ port: 0 }] }] }
        """;

    private static async Task<List<string>> AnswersAsync(TestNode node, int count)
    {
        List<string> answers = [];
        while (answers.Count < count) answers.Add((await node.GetAsync()).Text);
        return answers;
    }

    private static async Task SeenAsync(TestNode node, string backend)
    {
        long began = TimeProvider.System.GetTimestamp();
        while ((await node.GetAsync()).Text != backend)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Peer.Patience, $"{backend} never answered\n" + node.Log);
        }
    }
}
