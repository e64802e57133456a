using System.Globalization;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Conformance;

/// <summary>Runs after all parallel tests: the scripts judge time-outs by the wall clock.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "Alone on the machine";
}

/// <summary>The program against material that nobody on the project wrote: raw request and response streams, and a whole client and server.</summary>
[Collection(AloneCollection.Name)]
public sealed class Http1ConformanceTests
{
    private const string Authority = "origin.test";

    [ConformanceFact]
    public Task Requests_AreForwardedCleanlyOrRefused() => RunCorpusAsync(500, "--routed");

    [ConformanceFact]
    public Task Responses_WithBrokenFramingNeverLookComplete() => RunCorpusAsync(50, "--responses", "--routed");

    [ConformanceFact]
    public async Task Peers_SeeEachOtherThroughTheProgram()
    {
        string folder = await NodePeer.Http.InstallAsync();
        int backend = Ports.Free();
        await using RunningProcess server = await NodePeer.ServeAsync(folder, backend);
        await using MeshUnderTest mesh = await MeshUnderTest.StartAsync(backend);

        await Verdict.AllPassAsync(folder, 70, ["client.mjs", "127.0.0.1", Text(mesh.Port), Authority], () => mesh.Output);
    }

    /// <summary>curl, nghttp, h2load, wrk, ab, undici, httpx, aiohttp, websockets: those that are installed.</summary>
    [ConformanceFact]
    public async Task RealClients_AreServed_InEitherProtocol()
    {
        string folder = await NodePeer.Http.InstallAsync();
        int backend = Ports.Free();
        await using RunningProcess server = await NodePeer.ServeAsync(folder, backend);
        await using MeshUnderTest mesh = await MeshUnderTest.StartAsync(backend);

        string[] arguments = [ConformanceFolder.At("tools", "real_clients.sh"), "127.0.0.1", Text(mesh.Port), Text(mesh.Port), Authority];
        await Verdict.AllPassAsync(folder, 11, arguments, () => mesh.Output, program: "bash");
    }

    private static async Task RunCorpusAsync(int atLeast, params string[] options)
    {
        int backend = Ports.Free();
        await using MeshUnderTest mesh = await MeshUnderTest.StartAsync(backend);
        string folder = ConformanceFolder.At("http1");

        string[] arguments = ["run_http1.mjs", "127.0.0.1", Text(mesh.Port), Authority, "--backend-port", Text(backend), .. options];
        await Verdict.AllPassAsync(folder, atLeast, arguments, () => mesh.Output);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
