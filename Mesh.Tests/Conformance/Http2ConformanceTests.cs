using System.Globalization;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Conformance;

/// <summary>The program's HTTP/2 against material that nobody on the project wrote: attacks frame by frame, and gRPC's interop cases.</summary>
[Collection(AloneCollection.Name)]
public sealed class Http2ConformanceTests
{
    private const string Authority = "origin.test";
    private const string Http2Client = "{protocol: h2}";

    [ConformanceFact]
    public async Task Abuse_IsContained_BeforeABackendOfHttp1()
    {
        int backend = Ports.Free();
        await using RunningProcess server = await NodePeer.ServeAsync(await NodePeer.Http.InstallAsync(), backend);
        await using MeshUnderTest mesh = await MeshUnderTest.StartAsync(backend);

        await AttackAsync(mesh);
    }

    [ConformanceFact]
    public async Task Abuse_IsContained_BeforeABackendOfHttp2()
    {
        int backend = Ports.Free();
        await using RunningProcess server = await NodePeer.ServeAsync(await NodePeer.Http.InstallAsync(), backend);
        await using MeshUnderTest second = await MeshUnderTest.StartAsync(backend);
        await using MeshUnderTest first = await MeshUnderTest.StartAsync(second.Port, Http2Client);

        await AttackAsync(first);
    }

    [ConformanceFact]
    public async Task Grpc_OfNode_PassesThrough()
    {
        string folder = await NodePeer.Grpc.InstallAsync();
        int backend = Ports.Free();
        await using RunningProcess server = await NodePeer.ServeAsync(folder, backend);
        await using MeshUnderTest mesh = await MeshUnderTest.StartAsync(backend, Http2Client);

        await Verdict.AllPassAsync(folder, 30, ["client.mjs", "127.0.0.1", Text(mesh.Port), Authority], () => mesh.Output);
    }

    [PythonGrpcFact]
    public async Task Grpc_OfTheCCore_PassesThrough()
    {
        string folder = await NodePeer.Grpc.InstallAsync();
        int backend = Ports.Free();
        await using RunningProcess server = await NodePeer.ServeAsync(folder, backend);
        await using MeshUnderTest mesh = await MeshUnderTest.StartAsync(backend, Http2Client);

        string[] arguments = ["pyclient.py", "127.0.0.1", Text(mesh.Port), Authority];
        await Verdict.AllPassAsync(folder, 19, arguments, () => mesh.Output, PythonGrpcFactAttribute.Python);
    }

    private static Task AttackAsync(MeshUnderTest mesh) => Verdict.AllPassAsync(
        ConformanceFolder.Folder, 123, ["h2_abuse.mjs", "127.0.0.1", Text(mesh.Port), Authority, "--strict"], () => mesh.Output);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
