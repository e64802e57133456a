using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mesh.Tests.Kit;

namespace Mesh.Tests.Conformance;

/// <summary>The independent HTTP/1.1 and WebSocket server and client, in a private copy with its one dependency installed.</summary>
/// <remarks>The conformance folder may be read-only: the copy in Mesh.Tests/obj serves later runs while the lock file stays the same.</remarks>
internal static class HttpPeer
{
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    /// <summary>Copies and installs; returns the folder.</summary>
    public static async Task<string> InstallAsync()
    {
        string source = ConformanceFolder.At("http_peer");
        string copy = RepositoryRoot.At("Mesh.Tests", "obj", "conformance", "http_peer");
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
