using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Mesh.Bench;

/// <summary>Where things are: the repository's root, and below it artifacts/bench, which version control ignores.</summary>
internal static class Layout
{
    /// <summary>Relative to the root: published program, written configurations, logs.</summary>
    public const string Work = "artifacts/bench";

    public static string Root { get; } = FindRoot();

    /// <summary>The published program, relative to the root.</summary>
    public static string Program => $"{Work}/mesh/mesh";

    /// <summary>Writes a file below <see cref="Work"/> and returns its relative path.</summary>
    public static string Write(string name, string text)
    {
        string path = Path.Combine(Root, Work, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return $"{Work}/{name}";
    }

    /// <summary>Publishes the program as it is meant to be shipped: Release, ReadyToRun.</summary>
    public static async Task PublishAsync()
    {
        Console.WriteLine("publishing Mesh.Node (Release, ReadyToRun)");
        string[] command = ["dotnet", "publish", "Mesh.Node", "-c", "Release", "-p:PublishReadyToRun=true", "-o", $"{Work}/mesh"];
        await Child.RunAsync(null, [.. command, "--nologo", "-v", "q"]);
    }

    /// <summary>A port that nobody listens on, for programs that cannot be asked to take any.</summary>
    /// <remarks>Below those that the kernel gives to clients (32768 and up): one of these could be a client's by the time it is used.</remarks>
    public static int FreePort()
    {
        while (true)
        {
            int port = RandomNumberGenerator.GetInt32(15_000, 32_000);
            using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(Environment.CurrentDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Mesh.sln")))
            {
                return at.FullName;
            }
        }

        throw new BenchException("run it inside the repository: no Mesh.sln in this folder or above");
    }
}
