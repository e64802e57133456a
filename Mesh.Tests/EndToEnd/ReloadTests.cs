using Mesh.Node.Hosting;
using Mesh.Routing.Balancing;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>A running node is given another config: what changes, what stays, and that nobody who sends requests notices.</summary>
public sealed class ReloadTests
{
    [Fact]
    public async Task Traffic_FollowsTheDtab_AndNoRequestFails()
    {
        await using Origin one = Origin.Saying("one"), two = Origin.Saying("two");
        await using TestNode node = await TestNode.StartAsync(Config(To(one)));
        using CancellationTokenSource enough = new();
        Task<int>[] clients = [.. Enumerable.Range(0, 4).Select(_ => AskUntilAsync(node, enough.Token))];

        for (int turn = 1; turn <= 20; turn++)
        {
            Origin target = turn % 2 == 0 ? one : two;
            string balancer = turn % 3 == 0 ? "p2c" : "ewma";
            node.Reload(Config(To(target), $"client: {{loadBalancer: {{kind: {balancer}}}, hostConnectionPool: {{maxSize: {100 + turn}}}}},"));
            await UntilTextAsync(node, turn % 2 == 0 ? "one" : "two");
        }

        await enough.CancelAsync();
        int[] asked = await Task.WhenAll(clients);
        Assert.All(asked, count => Assert.True(count > 0));
        Assert.Equal((20, 0), (node.Host.Reloads.Succeeded, node.Host.Reloads.Failed));
        Assert.Equal(0, node.Metric("mesh_server_failures_total"));
    }

    [Fact]
    public async Task BadConfig_ChangesNothing_AndTellsEveryFaultWithItsPlace()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.StartAsync(Config(To(origin)));
        string good = Config(To(origin));

        ReloadStatus refused = node.Reload("routers:\n- protocol: http\n  dtab: /svc = /x\n  servers:\n  - port: many\n");
        double successful = node.Metric("mesh_config_last_reload_successful");
        ReloadStatus mended = node.Reload(good);

        Assert.Equal("hello", (await node.GetAsync()).Text);
        Assert.Equal(2, refused.Faults.Length);
        Assert.All(refused.Faults, fault => Assert.Contains(fault, node.Log, StringComparison.Ordinal));
        Assert.Contains("test.yaml:3:", node.Log, StringComparison.Ordinal);
        Assert.Contains("reload refused for 2 faults; the config stays as it was", node.Log, StringComparison.Ordinal);
        Assert.Equal((0, 1, 1), (successful, mended.Succeeded, mended.Failed));
        Assert.Equal((true, 1), (mended.IsCurrent, node.Metric("mesh_config_last_reload_successful")));
        Assert.Equal(1, node.Metric("mesh_config_reloads_total", ("result", "refused")));
    }

    [Fact]
    public async Task WhatNeedsARestart_StaysAndIsNamed_AndTheRestIsApplied()
    {
        await using Origin one = Origin.Saying("one"), two = Origin.Saying("two");
        await using TestNode node = await TestNode.StartAsync(Config(To(one)));

        string other = Config(To(two), server: "maxConcurrentRequests: 7")
            .Replace("shutdownGraceMs: 20000", "shutdownGraceMs: 7000", StringComparison.Ordinal)
            .Replace("loops: 1", "loops: 2", StringComparison.Ordinal);
        ReloadStatus status = node.Reload(other);

        await UntilTextAsync(node, "two");
        Assert.Equal(["admin changed", "loops changed", "routers[0] (test): servers changed"], status.RestartNeeded.ToArray());
        Assert.Contains($"what needs a restart stays as it was: {string.Join("; ", status.RestartNeeded)}", node.Log, StringComparison.Ordinal);
        Assert.Equal((3, 1), (node.Metric("mesh_config_restart_needed"), node.Host.Config.Loops));
        Assert.Empty(node.Reload(Config(To(two))).RestartNeeded);
    }

    [Fact]
    public async Task RouterThatTheFileDropsOrAdds_WaitsForARestart()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.StartAsync(Config(To(origin)));

        ReloadStatus status = node.Reload(Config(To(origin)).Replace("label: test", "label: another", StringComparison.Ordinal));

        Assert.Equal(["routers[0] (another): added", "routers[0] (test): removed"], status.RestartNeeded.ToArray());
        Assert.Equal("hello", (await node.GetAsync()).Text);
    }

    [Fact]
    public async Task EachPrefix_HasItsOwnBalancerAndTimeout()
    {
        await using Origin slow = Origin.Scripted(static async peer => await peer.ReadToEndAsync());
        await using Origin quick = Origin.Saying("quick");
        string client = $$$"""
            client: {kind: io.l5d.static, configs: [
              {prefix: /, loadBalancer: {kind: roundRobin}},
              {prefix: '/$/inet/127.0.0.1/{{{slow.Port}}}', requestAttemptTimeoutMs: 50, loadBalancer: {kind: p2c}}]},
            """;
        await using TestNode node = await TestNode.StartAsync(Config($"/svc/slow => {Inet(slow)} ; /svc/web => {Inet(quick)}", client));

        Message timedOut = await node.GetAsync(host: "slow");
        Message answered = await node.GetAsync();

        Assert.Equal((503, "quick"), (timedOut.Status, answered.Text));
        Assert.Equal(
            [(Inet(quick), BalancerKind.RoundRobin), (Inet(slow), BalancerKind.LeastLoaded)],
            node.Host.Routers[0].Destinations.All().OrderBy(static destination => destination.Options.Balancer.Kind == BalancerKind.LeastLoaded)
                .Select(static destination => (destination.Id.ToString(), destination.Options.Balancer.Kind)));
    }

    [Fact]
    public async Task NewTimeouts_HoldForDestinationsAndServicesThatAreInUse()
    {
        await using Origin origin = Origin.Answering(
            request => request.StartLine.Contains("/slow", StringComparison.Ordinal) ? "" : Origin.Ok("hello"));
        await using TestNode node = await TestNode.StartAsync(Config(To(origin)));
        await node.GetAsync();

        node.Reload(Config(To(origin), "client: {requestAttemptTimeoutMs: 50},"));
        Message attempt = await node.GetAsync("/slow");
        node.Reload(Config(To(origin), "service: {totalTimeoutMs: 50},"));
        Message total = await node.GetAsync("/slow");

        Assert.Equal((503, 503), (attempt.Status, total.Status));
    }

    [Fact]
    public async Task RequestInFlight_OutlivesItsPool()
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            asked.TrySetResult();
            await answer.Task;
            await peer.SendAsync(Origin.Ok("hello"));
            await peer.ReadToEndAsync();
        });
        await using TestNode node = await TestNode.StartAsync(Config(To(origin)));
        Task<Message> inFlight = node.GetAsync();
        await asked.Task.WaitAsync(Peer.Patience);

        node.Reload(Config(To(origin), "client: {hostConnectionPool: {maxSize: 7}},"));
        await Eventually.HoldsAsync(() => node.Host.Routers[0].Pools.All() is [{ Limits.MaxConnections: 7 }], () => "the old pool stays");
        Task<Message> after = node.GetAsync();
        answer.SetResult();

        Assert.Equal(("hello", "hello"), ((await inFlight).Text, (await after).Text));
        Assert.Equal(2, origin.Connections);
    }

    [Fact]
    public async Task Namers_ComeAndGo_AndThoseThatStayKeepTheirNames()
    {
        await using Origin one = Origin.Saying("one"), two = Origin.Saying("two");
        using NamesFolder first = new(), second = new();
        first.Write("web", one);
        second.Write("web", two);
        string files = $"{{kind: io.l5d.fs, prefix: first, rootDir: '{first.Folder}'}}";
        string firstOnly = $"namers: [{files}],";
        string both = $"namers: [{files}, {{kind: io.l5d.fs, prefix: second, rootDir: '{second.Folder}'}}],";
        await using TestNode node = await TestNode.StartAsync(Config("/svc => /#/first", top: firstOnly));
        Assert.Equal("one", (await node.GetAsync()).Text);

        node.Reload(Config("/svc => /#/second | /#/first", top: both));
        await UntilTextAsync(node, "two");
        node.Reload(Config("/svc => /#/first", top: firstOnly));
        await UntilTextAsync(node, "one");
        first.Write("web", two);
        await UntilTextAsync(node, "two");

        Assert.Equal(0, node.Metric("mesh_server_failures_total"));
    }

    private static string Inet(Origin origin) => $"/$/inet/127.0.0.1/{origin.Port}";

    private static string To(Origin origin) => $"/svc => {Inet(origin)}";

    private static string Config(string dtab, string router = "", string server = "", string top = "") => $$"""
        { admin: {port: 0, shutdownGraceMs: 20000}, loops: 1, {{top}}
          routers: [{ protocol: http, label: test, dtab: "{{dtab}}", {{router}} servers: [{ port: 0, {{server}} }] }] }
        """;

    private static async Task<int> AskUntilAsync(TestNode node, CancellationToken enough)
    {
        int asked = 0;
        using Peer peer = await node.ConnectAsync();
        while (!enough.IsCancellationRequested)
        {
            Message answer = await peer.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
            Assert.True(answer.Status == 200, $"{answer.Status} {answer.Text}\n{node.Log}");
            asked++;
        }

        return asked;
    }

    private static async Task UntilTextAsync(TestNode node, string text)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (await node.GetAsync() is { } answer && answer.Text != text)
        {
            Assert.True(answer.Status == 200, $"{answer.Status} {answer.Text}\n{node.Log}");
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Peer.Patience, $"'{text}' never came\n{node.Log}");
        }
    }
}
