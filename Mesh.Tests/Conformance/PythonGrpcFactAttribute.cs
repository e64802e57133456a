using System.Diagnostics;
using Mesh.Tests.Kit;

namespace Mesh.Tests.Conformance;

/// <summary>Runs where the system's Python has gRPC over its C core, besides what every conformance test needs.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PythonGrpcFactAttribute() : FactIfAttribute(ConformanceFolder.Missing ?? s_missing)
{
    public const string Python = "/usr/bin/python3";

    private static readonly string? s_missing = FindMissing();

    private static string? FindMissing()
    {
        if (!File.Exists(Python)) return $"no {Python}";
        using Process import = Process.Start(new ProcessStartInfo(Python, ["-c", "import grpc"]) { RedirectStandardError = true })!;
        import.WaitForExit();
        return import.ExitCode == 0 ? null : $"{Python} has no grpc (apt: python3-grpcio)";
    }
}
