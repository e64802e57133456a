using System.Net;
using System.Text;
using Mesh.Node.Admin;
using Mesh.Node.AdminConsole;
using Mesh.Node.AdminConsole.Prompt;
using Mesh.Node.Hosting;
using Mesh.Tests.EndToEnd;

namespace Mesh.Tests.Node.AdminConsole;

/// <summary>A real node that founded a cluster of its own, in a temporary directory, and a console at it.</summary>
internal sealed class ClusterNode : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly HttpClient _tails = new();
    private readonly TestNode _node;

    private ClusterNode(DirectoryInfo folder, TestNode node) => (_folder, _node) = (folder, node);

    public Uri Admin => new($"http://{_node.Host.Admin}/");

    public TestNode Node => _node;

    /// <summary>What the node's console knows.</summary>
    public CommandTable Commands => _node.Host.Console.Commands;

    /// <summary>The token that changes need.</summary>
    public static string? Token =>
        new AdminToken(StateDirectory.Of(Environment.GetEnvironmentVariable)).TryRead(out string? token, out _) ? token : null;

    public static async Task<ClusterNode> StartAsync()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("mesh-console-");
        string quoted = folder.FullName.Replace("'", "''", StringComparison.Ordinal);
        TestNode node = await TestNode.RoutingAsync("/svc => /$/nil", top: $"cluster: {{node: n1, port: 0, directory: '{quoted}'}}");
        await Eventually.HoldsAsync(() => node.Host.Cluster!.State.Leader is not null, () => node.Log);
        return new ClusterNode(folder, node);
    }

    /// <summary>What a console says to one line, or to many at its prompt.</summary>
    public Task<Said> SayAsync(string line, bool json = false, string? token = null, string? name = null) =>
        SayAsync(Admin, line, json, token, name: name);

    public static async Task<Said> SayAsync(
        Uri node, string line, bool json = false, string? token = null, string standardInput = "", string? name = null)
    {
        using var client = new ConsoleClient(node, () => token, name);
        using StringWriter output = new() { NewLine = "\n" };
        using StringWriter error = new() { NewLine = "\n" };
        using StringReader input = new(line);
        bool isScript = line.Contains('\n');
        var session = new ConsoleSession(
            client, $"{node.Host}:{node.Port}", json, new OptionFiles(isScript ? null : new StringReader(standardInput)), output, error);
        using CancellationTokenSource late = new(Peer.Patience);
        int exit = isScript
            ? await session.PromptAsync(_ => new ScriptLines(input, null, output), late.Token)
            : await session.OnceAsync(line.Split(' '), late.Token);
        return new Said(exit, output.ToString(), error.ToString());
    }

    /// <summary>The endpoint itself, without a console before it.</summary>
    public async Task<(HttpStatusCode Status, string Text)> HttpAsync(HttpMethod method, string query, string body = "", string? token = null)
    {
        using HttpClient http = new();
        using HttpRequestMessage request = new(method, new Uri(Admin, $"/api/1/console/run?{query}"));
        if (method == HttpMethod.Post) request.Content = new StringContent(body, Encoding.UTF8, "text/plain");
        if (token is not null) request.Headers.Authorization = new("Bearer", token);
        using HttpResponseMessage answer = await http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The lines of <c>cluster tail</c>; its request ends when the reader does.</summary>
    public async Task<StreamReader> TailAsync(CancellationToken cancel) =>
        new(await _tails.GetStreamAsync(new Uri(Admin, "/api/1/console/run?command=cluster+tail"), cancel));

    public async ValueTask DisposeAsync()
    {
        _tails.Dispose();
        await _node.Host.KillAsync();
        await _node.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

/// <summary>What came of a console's call.</summary>
internal sealed record Said(int Exit, string Output, string Error);
