using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mesh.Tests.Kit;

namespace Mesh.Tests.Conformance;

/// <summary>One of the folder's independent peers (a client and a server for Node.js), in a private copy with what it needs installed.</summary>
/// <param name="Name">Its folder.</param>
/// <remarks>The conformance folder may be read-only: the copy in Mesh.Tests/obj serves later runs while the lock file stays the same.</remarks>
internal sealed record NodePeer(string Name)
{
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    /// <summary>HTTP/1.1 and WebSocket.</summary>
    public static readonly NodePeer Http = new("http_peer");

    /// <summary>gRPC's interop cases, and more.</summary>
    public static readonly NodePeer Grpc = new("grpc_peer");

    /// <summary>Copies and installs; returns the folder.</summary>
    public async Task<string> InstallAsync()
    {
        string source = ConformanceFolder.At(Name);
        string copy = RepositoryRoot.At("Mesh.Tests", "obj", "conformance", Name);
        Directory.CreateDirectory(copy);
        string installedLock = Path.Combine(copy, "node_modules", ".installed-lock.json");
        string wantedLock = await File.ReadAllTextAsync(Path.Combine(source, "package-lock.json"));
        foreach (string file in Directory.EnumerateFiles(source))
        {
            // Written anew, not copied: a copy would keep the read-only mode of its source.
            await File.WriteAllBytesAsync(Path.Combine(copy, Path.GetFileName(file)), await File.ReadAllBytesAsync(file));
        }

        if (!File.Exists(installedLock) || await File.ReadAllTextAsync(installedLock) != wantedLock)
        {
            await using RunningProcess npm = RunningProcess.Start("npm", ["ci", "--no-audit", "--no-fund", "--prefer-offline"], copy);
            if (await npm.ExitAsync(InstallLimit) != 0)
            {
                throw new InvalidOperationException($"npm ci failed in {copy}:\n{npm.Output}");
            }

            await File.WriteAllTextAsync(installedLock, wantedLock);
        }

        return copy;
    }

    /// <summary>Starts the server and waits until it accepts.</summary>
    public static async Task<RunningProcess> ServeAsync(string folder, int port)
    {
        RunningProcess server = RunningProcess.Start("node", ["server.mjs", port.ToString(CultureInfo.InvariantCulture)], folder);
        using CancellationTokenSource limit = new(StartLimit);
        using PeriodicTimer retry = new(TimeSpan.FromMilliseconds(50));
        while (await retry.WaitForNextTickAsync(limit.Token))
        {
            using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, port, limit.Token);
                break;
            }
            catch (SocketException)
            {
                // Not yet: the server has no line to wait for, so its port is asked again until the limit.
            }
        }

        return server;
    }
}
