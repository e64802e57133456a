using System.Net;
using System.Text.Json;
using Mesh.Node.Admin;
using Mesh.Node.Hosting;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Node.Admin;

public sealed class EndpointTests : IAsyncLifetime, IDisposable
{
    private readonly AdminLab _lab = new();
    private readonly LogLevels _levels = new();
    private readonly FakeTime _time = new();
    private readonly List<string> _ends = [];
    private IReadOnlyList<string> _notReady = [];

    public Task InitializeAsync() => _lab.StartAsync(null, AdminEndpoints.Standard(Views.Empty with
    {
        NotReady = () => _notReady,
        Levels = _levels,
        Shutdown = _ends.Add,
        WriteReload = json => json.WriteStringValue("never"),
        Time = _time,
    }));

    public Task DisposeAsync() => _lab.DisposeAsync().AsTask();

    public void Dispose() => _lab.Client.Dispose();

    [Fact]
    public async Task ServerInfo_TellsVersionStartAndUptimeInMilliseconds()
    {
        _time.Advance(TimeSpan.FromSeconds(90));
        _notReady = ["draining"];

        AdminLab.Answer answer = await _lab.SendAsync(HttpMethod.Get, "/admin/server_info");

        JsonElement info = JsonDocument.Parse(answer.Text).RootElement;
        Assert.Equal("application/json; charset=UTF-8", answer.ContentType);
        Assert.Equal("mesh", info.GetProperty("name").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+", info.GetProperty("version").GetString());
        Assert.Equal("2026-01-01T00:00:00.000Z", info.GetProperty("start_time").GetString());
        Assert.Equal(90_000, info.GetProperty("uptime").GetInt64());
        Assert.False(info.GetProperty("ready").GetBoolean());
        Assert.Equal("never", info.GetProperty("reload").GetString());
    }

    [Fact]
    public async Task Shutdown_AnswersAndBeginsTheEnd_OnlyByPost()
    {
        AdminLab.Answer get = await _lab.SendAsync(HttpMethod.Get, "/admin/shutdown");
        AdminLab.Answer without = await _lab.SendAsync(HttpMethod.Post, "/admin/shutdown");
        Assert.Empty(_ends);
        AdminLab.Answer post = await _lab.SendAsync(HttpMethod.Post, "/admin/shutdown", null, _lab.Bearer());

        Assert.Equal((HttpStatusCode.MethodNotAllowed, HttpStatusCode.Unauthorized), (get.Status, without.Status));
        Assert.Equal((HttpStatusCode.OK, "quitting\n"), (post.Status, post.Text));
        Assert.Equal("POST /admin/shutdown from 127.0.0.1", Assert.Single(_ends));
    }

    [Fact]
    public async Task Logging_ListsTheLoggersInOrder()
    {
        AdminLab.Answer answer = await _lab.SendAsync(HttpMethod.Get, "/logging.json");

        const string First = """[{"logger":"actors","level":"INFO"},{"logger":"admin","level":"INFO"},""";
        Assert.StartsWith(First, answer.Text, StringComparison.Ordinal);
        Assert.EndsWith(",{\"logger\":\"root\",\"level\":\"INFO\"}]", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logging_SetsALevelByFormOrQuery_AndTheAuditLineTellsIt()
    {
        using FormUrlEncodedContent form = new([new("logger", "namer"), new("level", "debug")]);

        AdminLab.Answer byForm = await _lab.SendAsync(HttpMethod.Post, "/logging.json", form, _lab.Bearer());
        AdminLab.Answer byQuery = await _lab.SendAsync(HttpMethod.Post, "/logging.json?logger=root&level=ERROR", null, _lab.Bearer());

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (byForm.Status, byQuery.Status));
        Assert.Equal((NodeLogLevel.Debug, NodeLogLevel.Error), (_levels.For("namer io.l5d.fs"), _levels.For("node")));
        Assert.EndsWith("POST /logging.json logger=namer level=debug: 200", _lab.Audit[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("logger=nobody&level=INFO", "no logger `nobody`; there are actors, admin, ")]
    [InlineData("logger=root&level=LOUD", "no level `LOUD`; there are ALL, ")]
    [InlineData("logger=root&level=3", "no level `3`; there are ALL, ")]
    [InlineData("logger=root", "give `logger` and `level`")]
    [InlineData("", "give `logger` and `level`")]
    public async Task Logging_RefusesWhatItDoesNotKnow(string query, string why)
    {
        AdminLab.Answer answer = await _lab.SendAsync(HttpMethod.Post, "/logging.json?" + query, null, _lab.Bearer());

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith(why, JsonDocument.Parse(answer.Text).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logging_RefusesAFormOfTooManyFields()
    {
        using FormUrlEncodedContent form = new(Enumerable.Range(0, 2000).Select(i => KeyValuePair.Create($"f{i}", "1")));

        AdminLab.Answer answer = await _lab.SendAsync(HttpMethod.Post, "/logging.json", form, _lab.Bearer());

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
    }

    [Theory]
    [InlineData("/admin/registry.json", "/client_state.json")]
    [InlineData("/admin/pprof/heap", "/metrics")]
    [InlineData("/admin/lint/", "mesh check")]
    public async Task AnEndpointOfLinkerdThatIsGone_SaysWhereToLook(string path, string instead)
    {
        AdminLab.Answer answer = await _lab.SendAsync(HttpMethod.Get, path);

        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Contains(instead, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheBareIndex_HasOnePathALine()
    {
        string[] lines = (await _lab.SendAsync(HttpMethod.Get, "/admin/index.txt")).Text.TrimEnd('\n').Split('\n');

        Assert.Equal(lines.Order(StringComparer.Ordinal), lines);
        Assert.Contains("/client_state.json", lines);
        Assert.Contains("/admin/index.txt", lines);
    }
}
