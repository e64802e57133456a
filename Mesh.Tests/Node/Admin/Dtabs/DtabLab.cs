using System.Net.Http.Headers;
using System.Text;
using Mesh.Node.Admin;
using Mesh.Node.Hosting;
using Mesh.Tests.EndToEnd;
using Xunit;

namespace Mesh.Tests.Node.Admin.Dtabs;

/// <summary>A real node alone in its cluster, whose router follows the namespace <c>web</c>; the files <c>one</c>, <c>two</c> are origins.</summary>
public sealed class DtabLab : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _http = new() { Timeout = Peer.Patience };
    private readonly NamesFolder _names = new();
    private DirectoryInfo _folder = null!;
    private TestNode _node = null!;

    internal Origin One { get; } = Origin.Saying("one");

    internal Origin Two { get; } = Origin.Saying("two");

    internal NamesFolder Names => _names;

    internal TestNode Node => _node;

    /// <summary>The token that changes need.</summary>
    internal static string Token
    {
        get
        {
            AdminToken kept = new(StateDirectory.Of(Environment.GetEnvironmentVariable));
            return kept.TryRead(out string? token, out string? why) ? token : throw new IOException(why);
        }
    }

    public async Task InitializeAsync()
    {
        _names.Write("one", One);
        _names.Write("two", Two);
        _names.Write("none", "");
        _folder = Directory.CreateTempSubdirectory("mesh-dtabs-");
        string quoted = _folder.FullName.Replace("'", "''", StringComparison.Ordinal);
        _node = await TestNode.RoutingAsync(
            "/svc/local => /#/io.l5d.fs/two",
            "interpreter: {kind: io.mesh.routes, namespace: web}",
            top: $"cluster: {{node: n1, port: 0, directory: '{quoted}'}}, {_names.Config}");
        await Eventually.HoldsAsync(
            async () => (await SendAsync(HttpMethod.Put, "/api/1/dtabs/first", "/a => /b")).Status == 204, () => _node.Log);

        // Until the cluster has told the node that there is no `web`, the router's rules are not known.
        await Eventually.HoldsAsync(
            async () => (await GetAsync("/delegator.json?path=/svc/local")).Body.Contains("leaf", StringComparison.Ordinal), () => _node.Log);
    }

    public async Task DisposeAsync()
    {
        await _node.Host.KillAsync();
        await _node.DisposeAsync();
        await One.DisposeAsync();
        await Two.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    public void Dispose()
    {
        _http.Dispose();
        _names.Dispose();
    }

    internal Task<Reply> GetAsync(string path, string accept = "") => SendAsync(HttpMethod.Get, path, accept: accept, token: null);

    /// <summary>One request; with the token unless told otherwise.</summary>
    internal async Task<Reply> SendAsync(
        HttpMethod method, string path, string? body = null, string type = "text/plain", string ifMatch = "", string accept = "", string? token = "")
    {
        using HttpRequestMessage request = new(method, new Uri($"http://{_node.Host.Admin}{path}"));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (type.Length > 0) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        if (ifMatch.Length > 0) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (accept.Length > 0) request.Headers.TryAddWithoutValidation("Accept", accept);
        string pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"ann:{token + Token}"));
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Basic", pair);
        using HttpResponseMessage answer = await _http.SendAsync(request);
        return new Reply(
            (int)answer.StatusCode,
            await answer.Content.ReadAsStringAsync(),
            answer.Headers.NonValidated.TryGetValues("ETag", out HeaderStringValues tag) ? tag.ToString() : "",
            answer.Content.Headers.ContentType?.ToString() ?? "");
    }

    /// <summary>A stream of lines, as <c>watch=true</c> gives them.</summary>
    internal async Task<Stream> WatchAsync(string path) => await _http.GetStreamAsync(new Uri($"http://{_node.Host.Admin}{path}"));
}

/// <summary>What the node answered.</summary>
internal sealed record Reply(int Status, string Body, string ETag, string Type);

/// <summary>Lines of a stream, each awaited for as long as it takes.</summary>
internal sealed class LineStream(Stream stream) : IDisposable
{
    private readonly StreamReader _reader = new(stream);

    public async Task<string?> NextAsync() => await _reader.ReadLineAsync().WaitAsync(Peer.Patience);

    public async Task UntilAsync(string line)
    {
        while (await NextAsync() is { } next)
        {
            if (next == line) return;
        }

        Assert.Fail($"the stream ended before {line}");
    }

    public void Dispose() => _reader.Dispose();
}
