using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using Mesh.Node.Admin;
using Mesh.Node.Config;
using Mesh.Node.Hosting;
using Microsoft.AspNetCore.Http;

namespace Mesh.Tests.Node.Admin;

/// <summary>An admin server on a free port with a state directory of its own, and a client that speaks to it.</summary>
internal sealed class AdminLab : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-admin-");
    private readonly List<string> _audit = [];
    private readonly Lock _gate = new();
    private AdminServer? _server;

    /// <summary>Where the token lies; a test may break it.</summary>
    public string StateFolder => Path.Combine(_folder.FullName, "state");

    public string TokenFile => Path.Combine(StateFolder, AdminToken.FileName);

    public HttpClient Client { get; private set; } = new();

    public ImmutableArray<string> Audit
    {
        get
        {
            lock (_gate) return [.. _audit];
        }
    }

    /// <summary>Nodes of the tests keep their tokens in a place of this run, never in the developer's own.</summary>
#pragma warning disable CA2255 // A test run is a program, and this must come before any node.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void KeepStateOutOfHome()
    {
        if (Environment.GetEnvironmentVariable(StateDirectory.Variable) is not null) return;
        string folder = Directory.CreateTempSubdirectory("mesh-state-").FullName;
        Environment.SetEnvironmentVariable(StateDirectory.Variable, folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
    }

    public static AdminEndpoint Echo(string path, AdminClass kind = AdminClass.Diagnostics, bool mutates = false) => new Stub(path, kind, mutates);

    public async Task<AdminLab> StartAsync(AdminSecurityConfig? security = null, params IReadOnlyList<AdminEndpoint> endpoints)
    {
        AdminServerOptions options = new()
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Security = security ?? AdminSecurityConfig.Default,
            Token = new AdminToken(new StateDirectory(StateFolder)),
            Audit = line =>
            {
                lock (_gate) _audit.Add(line);
            },
        };
        _server = new AdminServer(options, endpoints);
        await _server.StartAsync();
        Client = new HttpClient { BaseAddress = new Uri($"http://{_server.BoundEndPoint}"), Timeout = TimeSpan.FromSeconds(30) };
        return this;
    }

    /// <summary>Sends a request with these fields and reads the whole answer.</summary>
    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? body = null, params (string Name, string Value)[] fields)
    {
        using HttpRequestMessage request = new(method, path) { Content = body };
        foreach ((string name, string value) in fields) request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await Client.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        string challenges = string.Join(", ", response.Headers.WwwAuthenticate.Select(each => each.Scheme));
        return new Answer(response.StatusCode, text, response.Content.Headers.ContentType?.ToString(), challenges);
    }

    /// <summary>The field that shows the token, which is made if it is not there.</summary>
    public (string Name, string Value) Bearer()
    {
        new AdminToken(new StateDirectory(StateFolder)).TryRead(out string? token, out _);
        return ("Authorization", $"Bearer {token}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        Client.Dispose();
        if (!OperatingSystem.IsWindows() && Directory.Exists(StateFolder)) new DirectoryInfo(StateFolder).UnixFileMode |= UnixFileMode.UserWrite;
        _folder.Delete(recursive: true);
    }

    internal sealed record Answer(HttpStatusCode Status, string Text, string? ContentType, string Challenges);

    private sealed class Stub(string path, AdminClass kind, bool mutates) : AdminEndpoint(path, "a test", HttpMethods.Get, HttpMethods.Post)
    {
        public override AdminClass Class => kind;

        public override bool Mutates => mutates;

        public override Task HandleAsync(HttpContext context) => AdminText.WriteAsync(context, 200, "done");
    }
}
