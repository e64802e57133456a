using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Node.Admin;
using Mesh.Node.Telemetry.Linkerd;
using Mesh.Tests.Node.Telemetry;
using Mesh.Wire.Metrics;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Mesh.Tests.Node.Admin;

public sealed class AdminServerTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan s_generous = TimeSpan.FromSeconds(30);
    private static readonly AdminServerOptions s_ephemeral = new() { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) };

    private readonly MetricRegistry _registry = new(stripes: 1);
    private readonly TaskCompletionSource _entered = new();
    private readonly TaskCompletionSource _release = new();
    private readonly HttpClient _client = new() { Timeout = s_generous };
    private readonly AdminServer _server;
    private IReadOnlyList<string> _notReady = [];

    public AdminServerTests()
    {
        _server = new AdminServer(
            s_ephemeral with { StopTimeout = TimeSpan.FromSeconds(20) },
            [
                .. AdminEndpoints.Standard(_registry, new LinkerdTree(_registry, TimeProvider.System), () => _notReady),
                new Lambda("/test/throws", _ => throw new InvalidOperationException("secret")),
                new Lambda("/test/half", Half),
                new Lambda("/test/waits", Waits),
                new Lambda("/test/echo", Echo, HttpMethods.Post),
                new Lambda("/test/tree/*", context => AdminText.WriteAsync(context, 200, "tree")),
                new Lambda("/test/tree/deep/*", context => AdminText.WriteAsync(context, 200, "deep")),
            ]);
    }

    private sealed class Lambda(string path, Func<HttpContext, Task> handle, params string[] methods) : AdminEndpoint(path, "a test", [.. methods])
    {
        public override Task HandleAsync(HttpContext context) => handle(context);
    }

    public async Task InitializeAsync()
    {
        await _server.StartAsync();
        _client.BaseAddress = new Uri($"http://{_server.BoundEndPoint}");
    }

    public async Task DisposeAsync()
    {
        _release.TrySetResult();
        await _server.DisposeAsync();
    }

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task PingAnswersPong()
    {
        using HttpResponseMessage response = await _client.GetAsync("/admin/ping");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("pong", await response.Content.ReadAsStringAsync());
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task ReadyAnswersReadyWhenNothingIsInTheWay()
    {
        Assert.Equal("ready\n", await _client.GetStringAsync("/admin/ready"));
    }

    [Fact]
    public async Task ReadyNamesEveryReasonAndFollowsThem()
    {
        _notReady = ["server http/4140 not listening", "namer io.l5d.fs: first read pending"];

        using HttpResponseMessage before = await _client.GetAsync("/admin/ready");
        _notReady = [];
        using HttpResponseMessage after = await _client.GetAsync("/admin/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, before.StatusCode);
        Assert.Equal("server http/4140 not listening\nnamer io.l5d.fs: first read pending\n", await before.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task ReadyKeepsALongListShort()
    {
        _notReady = [.. Enumerable.Range(0, 1_000).Select(i => $"namer {i}: first read pending")];

        using HttpResponseMessage response = await _client.GetAsync("/admin/ready");

        Assert.EndsWith("\nand 950 more\n", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MetricsAreWhatTheRegistryHolds()
    {
        _registry.Counter("a_total", "A.", LabelSet.Of(("path", "/svc/\"x\"\n"))).Add(0, 3);

        using HttpResponseMessage response = await _client.GetAsync("/metrics");

        ExpositionParser.Sample sample = ExpositionParser.Parse(await response.Content.ReadAsStringAsync())["a_total"].Samples.Single();
        Assert.Equal(("/svc/\"x\"\n", 3.0), (sample.Labels["path"], sample.Value));
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task AMillionBytesOfMetricsArriveWhole()
    {
        for (int i = 0; i < 9_000; i++) _registry.Counter("a_total", "A.", LabelSet.Of(("i", $"{i}"), ("pad", new string('x', 100))));

        string text = await _client.GetStringAsync("/metrics");

        Assert.Equal(9_000, ExpositionParser.Parse(text)["a_total"].Samples.Count);
    }

    [Theory]
    [InlineData("/admin")]
    [InlineData("/admin/")]
    public async Task TheListNamesEveryEndpoint(string path)
    {
        string list = await _client.GetStringAsync(path);

        Assert.All(
            ["/admin ", "/admin/ping ", "/admin/ready ", "/metrics ", "/test/echo "],
            endpoint => Assert.Contains(endpoint, list, StringComparison.Ordinal));
        Assert.Contains("(POST)", list, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/nope")]
    [InlineData("/admin/ping/x")]
    [InlineData("/Admin/Ping")]
    [InlineData("/test/tree")]
    [InlineData("/%00%0a")]
    public async Task AnUnknownPathIsNotFoundAndPointsToTheList(string path)
    {
        using HttpResponseMessage response = await _client.GetAsync(path);

        if (path == "/%00%0a")
        {
            Assert.InRange((int)response.StatusCode, 400, 404);
            return;
        }

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("/admin", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/test/tree/x", "tree")]
    [InlineData("/test/tree/deep", "tree")]
    [InlineData("/test/tree/deep/x/y", "deep")]
    public async Task TheLongestPathThatHoldsARequestAnswers(string path, string answer)
    {
        Assert.Equal(answer, await _client.GetStringAsync(path));
    }

    [Theory]
    [InlineData("POST", "/admin/ping", "GET, HEAD")]
    [InlineData("DELETE", "/metrics", "GET, HEAD")]
    [InlineData("GET", "/test/echo", "POST")]
    public async Task AWrongMethodIsRefusedAndTheRightOnesNamed(string method, string path, string allow)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        using HttpResponseMessage response = await _client.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(allow, string.Join(", ", response.Content.Headers.Allow));
    }

    [Theory]
    [InlineData("/admin/ping", HttpStatusCode.OK)]
    [InlineData("/metrics", HttpStatusCode.OK)]
    [InlineData("/admin", HttpStatusCode.OK)]
    [InlineData("/nope", HttpStatusCode.NotFound)]
    public async Task HeadHasTheStatusAndNoBody(string path, HttpStatusCode status)
    {
        string raw = await RawAsync($"HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {(int)status} ", raw, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AThrowingHandlerIsAFiveHundredThatTellsNoSecrets()
    {
        using HttpResponseMessage response = await _client.GetAsync("/test/throws");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HalfAnAnswerIsCutOff()
    {
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _client.GetStringAsync("/test/half"));
    }

    [Fact]
    public async Task ABodyOverOneMebibyteIsRefused()
    {
        using HttpResponseMessage fits = await _client.PostAsync("/test/echo", new ByteArrayContent(new byte[1 << 20]));
        string tooLarge = await RawAsync("POST /test/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n");

        Assert.Equal("1048576", await fits.Content.ReadAsStringAsync());
        Assert.StartsWith("HTTP/1.1 413 ", tooLarge, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHeadOverItsLimitIsRefused()
    {
        string manyFields = string.Concat(Enumerable.Range(0, 65).Select(i => $"x-{i}: 1\r\n"));

        Assert.StartsWith("HTTP/1.1 431 ", await RawAsync($"GET /admin/ping HTTP/1.1\r\n{manyFields}\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 414 ", await RawAsync($"GET /{new string('x', 17_000)}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AConnectionTooManyIsClosed()
    {
        await using AdminServer narrow = new(s_ephemeral with { MaximumConnections = 1 }, [new PingEndpoint()]);
        await narrow.StartAsync();
        Assert.Equal("pong", await _client.GetStringAsync($"http://{narrow.BoundEndPoint}/admin/ping"));

        using TcpClient second = new();
        await second.ConnectAsync(narrow.BoundEndPoint!);
        int read = await second.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(s_generous);

        Assert.Equal(0, read);
    }

    [Fact]
    public async Task StoppingLetsARequestUnderWayFinish()
    {
        Task<string> answer = _client.GetStringAsync("/test/waits");
        await _entered.Task.WaitAsync(s_generous);

        Task stopping = _server.StopAsync();
        _release.SetResult();

        Assert.Equal("done", await answer.WaitAsync(s_generous));
        await stopping.WaitAsync(s_generous);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _client.GetStringAsync("/admin/ping"));
    }

    [Fact]
    public async Task StoppingCutsOffWhatWillNotFinish()
    {
        await using AdminServer hurried = new(s_ephemeral with { StopTimeout = TimeSpan.Zero }, [new Lambda("/test/waits", Waits)]);
        await hurried.StartAsync();
        Task<string> answer = _client.GetStringAsync($"http://{hurried.BoundEndPoint}/test/waits");
        await _entered.Task.WaitAsync(s_generous);

        await hurried.StopAsync().WaitAsync(s_generous);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer.WaitAsync(s_generous));
    }

    [Fact]
    public async Task ATakenAddressIsNamedInTheError()
    {
        await using AdminServer second = new(s_ephemeral with { EndPoint = _server.BoundEndPoint! }, []);

        IOException fault = await Assert.ThrowsAsync<IOException>(() => second.StartAsync());

        Assert.Equal(
            $"admin: cannot listen on {_server.BoundEndPoint}: Address already in use; "
            + "end the program that listens there, or give this one another `port`",
            fault.Message);
    }

    [Fact]
    public void TwoEndpointsAtOnePathAreRefused()
    {
        Assert.Throws<ArgumentException>(() => new AdminServer(s_ephemeral, [new PingEndpoint(), new PingEndpoint()]));
    }

    private static async Task Half(HttpContext context)
    {
        context.Response.ContentLength = 100;
        await context.Response.WriteAsync("half");
        await context.Response.Body.FlushAsync();
        throw new InvalidOperationException("half way");
    }

    private static async Task Echo(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body);
        await AdminText.WriteAsync(context, 200, $"{body.Length}");
    }

    private async Task Waits(HttpContext context)
    {
        _entered.TrySetResult();
        await _release.Task.WaitAsync(context.RequestAborted);
        await AdminText.WriteAsync(context, 200, "done");
    }

    /// <summary>Sends bytes that no HttpClient would and reads until the server closes.</summary>
    private async Task<string> RawAsync(string request)
    {
        using CancellationTokenSource late = new(s_generous);
        using TcpClient client = new();
        await client.ConnectAsync(_server.BoundEndPoint!, late.Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), late.Token);
        using StreamReader reader = new(client.GetStream(), Encoding.UTF8);
        return await reader.ReadToEndAsync(late.Token);
    }
}
