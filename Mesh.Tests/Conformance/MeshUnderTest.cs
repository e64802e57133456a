using System.Globalization;
using System.Text.RegularExpressions;
using Mesh.Tests.Kit;

namespace Mesh.Tests.Conformance;

/// <summary>The real program, built beside the tests, that routes the authority origin.test to one backend port.</summary>
internal sealed partial class MeshUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly string _folder;
    private readonly RunningProcess _process;

    private MeshUnderTest(string folder, RunningProcess process)
    {
        _folder = folder;
        _process = process;
    }

    /// <summary>Where the http router listens on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>Where admin listens on 127.0.0.1.</summary>
    public int AdminPort { get; private set; }

    /// <summary>What the program said so far.</summary>
    public string Output => _process.Output;

    /// <summary>Starts `mesh run` and waits until it says which ports it serves.</summary>
    /// <param name="backendPort">Of 127.0.0.1.</param>
    /// <param name="client">What is written under the router's <c>client</c>.</param>
    public static async Task<MeshUnderTest> StartAsync(int backendPort, string client = "{}")
    {
        string folder = Directory.CreateTempSubdirectory("mesh-conformance-").FullName;
        string config = Path.Combine(folder, "mesh.yaml");
        await File.WriteAllTextAsync(config, Config(backendPort, client));
        string program = Path.Combine(AppContext.BaseDirectory, "mesh.dll");
        MeshUnderTest mesh = new(folder, RunningProcess.Start("dotnet", ["exec", program, "run", config], folder));
        try
        {
            mesh.Port = PortOf(await mesh._process.LineAsync(RouterLine(), StartLimit));
            mesh.AdminPort = PortOf(await mesh._process.LineAsync(AdminLine(), StartLimit));
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Config(int backendPort, string client) => $$"""
        admin: {port: 0}
        routers:
        - protocol: http
          dtab: "/svc => /$/inet/127.0.0.1/{{backendPort}}"
          client: {{client}}
          servers:
          - port: 0

        """;

    private static int PortOf(Match line) => int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"router \S+ serving 127\.0\.0\.1:(\d+)")]
    private static partial Regex RouterLine();

    [GeneratedRegex(@"admin: serving 127\.0\.0\.1:(\d+)")]
    private static partial Regex AdminLine();
}
