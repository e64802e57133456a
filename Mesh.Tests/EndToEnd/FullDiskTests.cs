using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using Mesh.Tests.Kit;
using Mesh.Tests.Node.AdminConsole;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>A node whose disk runs full: a small file system of its own, filled and emptied under it.</summary>
public sealed class FullDiskTests
{
    private static readonly HttpClient s_http = new() { Timeout = Peer.Patience };

    [SmallDiskFact]
    public async Task ChangesSayThatTheDiskIsFull_TrafficGoesOn_AndTheyWorkAgainWhenThereIsRoom()
    {
        await using Origin origin = Origin.Saying("hi");
        using SmallDisk disk = new(megabytes: 8);
        await using TestNode node = await TestNode.StartAsync($$"""
            { admin: {port: 0, shutdownGraceMs: 5000}, loops: 1,
              cluster: {node: n1, port: 0, directory: '{{disk.Folder}}/n1'}, journal: {kind: sqlite},
              routers: [{ protocol: http, label: test, interpreter: {kind: io.mesh.routes, namespace: web}, servers: [{ port: 0 }] }] }
            """);
        string route = $"/svc => /$/inet/127.0.0.1/{origin.Port} ;";
        await Eventually.HoldsAsync(async () => (await PutAsync(node, route)).Status == 204, () => node.Log);
        await Eventually.HoldsAsync(async () => (await node.GetAsync()).Text == "hi", () => node.Log);

        disk.Fill();
        (int Status, string Text) refused = default;
        await Eventually.HoldsAsync(async () => (refused = await PutAsync(node, route + Ballast())).Status != 204, () => node.Log);
        Assert.Equal(503, refused.Status);
        Assert.Contains("free space", refused.Text, StringComparison.Ordinal);
        Assert.Equal("hi", (await node.GetAsync()).Text);

        disk.Empty();
        await Eventually.HoldsAsync(async () => (await PutAsync(node, route)).Status == 204, () => node.Log);
        Assert.Equal("hi", (await node.GetAsync()).Text);
        await node.Host.KillAsync();
    }

    /// <summary>Rules that do not pack well.</summary>
    private static string Ballast() => string.Join(' ', Enumerable.Range(0, 400).Select(static _ => $"/x/{Guid.NewGuid():N} => /$/nil ;"));

    private static async Task<(int Status, string Text)> PutAsync(TestNode node, string dtab)
    {
        using HttpRequestMessage request = new(HttpMethod.Put, new Uri($"http://{node.Host.Admin}/api/1/dtabs/web"));
        request.Content = new StringContent(dtab, Encoding.UTF8, "text/plain");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ClusterNode.Token);
        using HttpResponseMessage answer = await s_http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A file system in memory.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private readonly DirectoryInfo _at = Directory.CreateTempSubdirectory("mesh-disk-");

        public SmallDisk(int megabytes)
        {
            Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", Folder);
            Directory.CreateDirectory(Path.Combine(Folder, "n1"));
        }

        public string Folder => _at.FullName;

        private string Ballast => Path.Combine(Folder, "ballast");

        public void Fill()
        {
            byte[] block = new byte[4096];
            using FileStream file = new(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
            try
            {
                while (true) file.Write(block);
            }
            catch (IOException)
            {
            }
        }

        public void Empty() => File.Delete(Ballast);

        public void Dispose()
        {
            Run("umount", "-l", Folder);
            _at.Delete();
        }

        public static bool TryRun(string program, params string[] arguments)
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }

        private static void Run(string program, params string[] arguments) => Assert.True(TryRun(program, arguments), program);
    }

    /// <summary>Runs where this process may mount a file system.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class SmallDiskFactAttribute() : FactIfAttribute(Missing)
    {
        private static string? Missing { get; } = FindMissing();

        private static string? FindMissing()
        {
            if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || Tools.Find("mount") is null) return "needs Linux, root and mount";
            string folder = Directory.CreateTempSubdirectory("mesh-disk-").FullName;
            bool can = SmallDisk.TryRun("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder);
            if (can) SmallDisk.TryRun("umount", "-l", folder);
            Directory.Delete(folder);
            return can ? null : "needs the right to mount a tmpfs";
        }
    }
}
