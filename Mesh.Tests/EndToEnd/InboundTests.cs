using System.Globalization;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Requests for an instance on another node go through that node's inbound side, and to nobody but the instance.</summary>
public sealed class InboundTests
{
    [Fact]
    public async Task AppOnAnotherNodesLoopback_IsReachedByName_AndTheContextPassesAsItWas()
    {
        await using InboundPair pair = await InboundPair.StartAsync(Answering("app"));
        await pair.ReachesAsync("app");

        Message answer = await pair.AskAsync("l5d-dtab: /x => /y\r\nl5d-remaining-ms: 5000\r\nmesh-instance: web/z\r\nmesh-hops: 1\r\n");

        Assert.Equal((200, "app"), (answer.Status, answer.Text));
        Assert.Equal(("1.1 mesh, 2 mesh", "1.0"), (answer["Via"], answer["l5d-success-class"]));
        Assert.False(answer.Has("mesh-load"));
        Message seen = pair.App.Requests[^1];
        Assert.Equal(("1.1 mesh, 2 mesh", "1"), (seen["Via"], seen["mesh-hops"]));
        Assert.Equal(("/svc/web", "/#/io.mesh.services/web"), (seen["l5d-dst-service"], seen["l5d-dst-client"]));
        Assert.Equal(("/x=>/y", false), (seen["l5d-ctx-dtab"], seen.Has("l5d-dtab")));
        Assert.False(seen.Has("mesh-instance"));
        Assert.Matches("^[0-9a-f]{16}$", seen["l5d-reqid"]!);
        Assert.DoesNotContain(',', seen["l5d-ctx-trace"]!);
        Assert.InRange(int.Parse(seen["l5d-remaining-ms"]!, CultureInfo.InvariantCulture), 1, 5000);
    }

    [Fact]
    public async Task TheLoadOfTheApp_IsTold_AndCounted_WhereAnAppsOwnWordIsNot()
    {
        await using InboundPair pair = await InboundPair.StartAsync(Answering("app"));
        await pair.ReachesAsync("app");

        Message told = await pair.AskInboundAsync("mesh-instance: web/a\r\n");

        Assert.Matches("^[0-9]+,1$", told["mesh-load"]!);
        int served = pair.App.Requests.Count - 1;
        await pair.Second.MetricIsAsync(served, "mesh_destination_app_responses_total");
        Assert.InRange(pair.Second.Metric("mesh_destination_app_seconds_total"), 0, 60);
        Assert.Equal(double.NaN, pair.First.Metric("mesh_destination_app_responses_total"));
    }

    [Fact]
    public async Task TheOwnNode_DialsTheAppDirectly_AndDropsWhatAClientSaysOfInstances()
    {
        await using InboundPair pair = await InboundPair.StartAsync(Answering("app"));
        using Peer peer = await pair.First.ConnectAsync();

        const string fields = "Mesh-Instance: web/z\r\nmesh-hops: 1\r\nmesh-load: 1,1\r\nmesh-proxy: v1 UNKNOWN\r\nmesh-other: 1\r\n";
        Message answer = await peer.AskAsync($"GET / HTTP/1.1\r\nHost: web\r\n{fields}\r\n");

        Assert.Equal((200, "app", "1.1 mesh"), (answer.Status, answer.Text, answer["Via"]));
        Assert.False(answer.Has("mesh-load"));
        Message seen = pair.App.Requests[^1];
        Assert.Equal((false, false, false, "1"), (seen.Has("mesh-instance"), seen.Has("mesh-hops"), seen.Has("mesh-load"), seen["mesh-other"]));
        Assert.False(seen.Has("mesh-proxy"));
    }

    [Theory]
    [InlineData("", 400, "it has no header mesh-instance: this is a node's inbound side", "unnamed")]
    [InlineData("mesh-instance: web\r\n", 400, "its header mesh-instance is no service/id", "unnamed")]
    [InlineData("mesh-instance: web/../a\r\n", 400, "its header mesh-instance is no service/id", "unnamed")]
    [InlineData("mesh-instance: web/b\r\n", 502, "This node hosts no instance web/b", "unhosted")]
    [InlineData("mesh-instance: web/b\r\nl5d-dtab: /inst/web/b => /inst/web/a\r\n", 502, "This node hosts no instance web/b", "unhosted")]
    [InlineData("mesh-instance: web/a\r\nmesh-hops: 1\r\n", 400, "This request has passed an inbound side already", "loop")]
    public async Task WhoIsNoNode_OrMeansNobody_IsRefused_AndCounted(string fields, int status, string text, string reason)
    {
        await using InboundPair pair = await InboundPair.StartAsync(Answering("app"));

        Message answer = await pair.AskInboundAsync(fields);

        Assert.Equal(status, answer.Status);
        Assert.Contains(text, answer.Text, StringComparison.Ordinal);
        Assert.Equal(reason == "unhosted", answer["l5d-retryable"] == "true");
        Assert.False(answer.Has("mesh-load"));
        Assert.Empty(pair.App.Requests);
        await pair.First.MetricIsAsync(1, "mesh_inbound_refused_total", ("reason", reason));
    }

    [Fact]
    public async Task AppThatDies_IsUnhealthy_AndTheOtherNodeFallsBack_UntilItIsBack()
    {
        Origin app = Answering("app");
        await using InboundPair pair = await InboundPair.StartAsync(app, ", healthCheck: {kind: tcp, intervalMs: 100}");
        await pair.ReachesAsync("app");

        await app.DisposeAsync();
        await pair.ReachesAsync("other");
        await using Origin again = Origin.Saying("again", app.Port);
        await pair.ReachesAsync("again");
    }

    [Fact]
    public async Task RequestThatReachedNobodyThere_IsTriedAgainByTheNodeThatSentIt()
    {
        int nobody;
        await using (Origin gone = Answering("gone")) nobody = gone.Port;
        Origin app = Answering("app");
        await using InboundPair pair = await InboundPair.StartAsync(app, $"}}, {{name: web, id: b, port: {nobody}");
        await pair.ReachesAsync("app");
        await Eventually.HoldsAsync(
            () => pair.Second.Host.Routers[0].Destinations.All().Any(static each => each.Current.Endpoints.Length == 2), () => pair.Second.Log);

        for (int i = 0; i < 40; i++)
        {
            Message answer = await pair.AskAsync(request: "POST / HTTP/1.1");
            Assert.Equal((200, "app"), (answer.Status, answer.Text));
        }

        Assert.True(pair.First.Metric("mesh_destination_connect_failures_total") > 0);
    }

    [Fact]
    public async Task NodeThatEnds_IsLeft_WithoutOneFailure()
    {
        await using InboundPair pair = await InboundPair.StartAsync(Answering("app"));
        await pair.ReachesAsync("app");
        using Peer peer = await pair.Second.ConnectAsync();
        List<string> answers = [];

        Task stopped = pair.StopFirstAsync();
        while (!stopped.IsCompleted || answers[^1] != "other")
        {
            Message answer = await peer.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 2\r\n\r\nhi");
            answers.Add(answer.Status == 200 ? answer.Text : answer.Head + answer.Text);
        }

        await stopped;
        Assert.Equal(["app", "other"], answers.Distinct());
    }

    [Fact]
    public async Task ActiveChecks_LeaveInstancesBehindAnInboundSide_ToTheirNode()
    {
        await using InboundPair pair = await InboundPair.StartAsync(
            Answering("app"), router: "client: {healthCheck: {kind: http, path: /health, intervalMs: 100}},");
        await pair.ReachesAsync("app");
        await pair.Second.GetAsync(host: "nobody");

        await Eventually.HoldsAsync(() => pair.Other.Requests.Count(Asks) >= 3, () => pair.Second.Log);

        Assert.Equal("app", (await pair.AskAsync()).Text);
        Assert.Equal((0, double.NaN), (pair.App.Requests.Count(Asks), pair.First.Metric("mesh_inbound_refused_total")));

        static bool Asks(Message request) => request.StartLine.Contains("/health", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upgrade_IsATunnelThroughBothNodes()
    {
        Origin app = Origin.Scripted(async peer =>
        {
            await peer.TryReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n");
            await peer.SendAsync($"<{await peer.ReadAsync(2)}>");
        });
        await using InboundPair pair = await InboundPair.StartAsync(app);
        await Eventually.HoldsAsync(
            async () => (await pair.Second.AdminAsync("/api/1/services/web")).Text.Contains("\"state\":\"up\"", StringComparison.Ordinal),
            () => pair.First.Log);
        using Peer peer = await pair.Second.ConnectAsync();

        Message answer = await peer.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n");
        await peer.SendAsync("hi");

        Assert.Equal((101, false, "<hi>"), (answer.Status, answer.Has("mesh-load"), await peer.ReadAsync(4)));
    }

    [Fact]
    public async Task InboundPortInUse_EndsTheStart_AndNamesIt()
    {
        await using Origin taken = Origin.Saying("");

        IOException fault = await Assert.ThrowsAsync<IOException>(() => TestNode.StartAsync($$"""
            { admin: {port: 0}, loops: 1, cluster: {node: n1, port: 0, directory: '{{Directory.CreateTempSubdirectory("mesh-inbound-").FullName}}'},
              inbound: {port: {{taken.Port}}}, routers: [{protocol: http, servers: [{port: 0}]}] }
            """));

        Assert.Contains($"127.0.0.1:{taken.Port}", fault.Message, StringComparison.Ordinal);
    }

    private static Origin Answering(string body) => Origin.Answering(_ => Origin.Ok(body, "mesh-load: 99,9\r\n"));
}
