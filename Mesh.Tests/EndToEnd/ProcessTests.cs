using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>The program as an operator runs it.</summary>
public sealed partial class ProcessTests : IDisposable
{
    private const int Hangup = 1;

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task Run_ServesUntilSigterm_AndExits0()
    {
        await using Origin origin = Origin.Saying("hello");
        await using RunningProcess mesh = Start("run", Config(origin.Port, 0));
        IPEndPoint address = new(IPAddress.Loopback, await PortAsync(mesh));

        using Peer client = await Peer.ConnectAsync(address);
        Message response = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        mesh.Terminate();
        int exit = await mesh.ExitAsync(Peer.Patience);

        Assert.Equal(("hello", 0), (response.Text, exit));
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Run_OnAPortInUse_SaysSoAndExitsWithAnError()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await using RunningProcess mesh = Start("run", Config(1, port));
        int exit = await mesh.ExitAsync(Peer.Patience);

        Assert.Equal(70, exit);
        Assert.Contains($"router http: cannot listen on 127.0.0.1:{port}: ", mesh.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", mesh.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithAnAdminPortInUse_SaysSoAndExitsWithAnError()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        string config = Config(1, 0).Replace("admin: {port: 0}", $"admin: {{port: {port}}}", StringComparison.Ordinal);
        await using RunningProcess mesh = Start("run", config);
        int exit = await mesh.ExitAsync(Peer.Patience);

        Assert.Equal(70, exit);
        Assert.Contains($"admin: cannot listen on 127.0.0.1:{port}: ", mesh.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("run")]
    public async Task BadDtab_IsToldAtItsPlace_AndExits1(string command)
    {
        await using RunningProcess mesh = Start(
            command, "routers:\n- protocol: http\n  dtab: |\n    /svc => /#/io.l5d.fs;\n    /svc/web = /x\n  servers:\n  - port: 0\n");

        int exit = await mesh.ExitAsync(Peer.Patience);

        Assert.Equal(1, exit);
        Assert.Contains($"{_file}:5:16: `dtab`: `/` cannot stand here; expected '>'", mesh.Output, StringComparison.Ordinal);
    }

    [LinuxFact]
    public async Task ChangedFile_AndSighup_ReloadTheConfig()
    {
        await using Origin one = Origin.Saying("one"), two = Origin.Saying("two");
        await using RunningProcess mesh = Start("run", Config(one.Port, 0));
        IPEndPoint address = new(IPAddress.Loopback, await PortAsync(mesh));
        using Peer client = await Peer.ConnectAsync(address);
        Message before = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");

        File.WriteAllText(_file, "rubbish");
        await mesh.LineAsync(RefusedLine(), Peer.Patience);
        Message kept = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        File.WriteAllText(_file, Config(two.Port, 0));
        await mesh.LineAsync(ReloadedLine(), Peer.Patience);
        string text;
        do text = (await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n")).Text;
        while (text == "one");
        mesh.Signal(Hangup);
        await Eventually.HoldsAsync(() => ReloadedLine().Count(mesh.Output) == 2, () => mesh.Output);

        Assert.Equal(("one", "one", "two"), (before.Text, kept.Text, text));
        Assert.Contains($"{_file}:1:1: ", mesh.Output, StringComparison.Ordinal);
    }

    [LinuxFact]
    public async Task DtabStdin_EndsWhenNobodyReadsItsAnswers()
    {
        string mesh = $"dotnet exec '{Path.Combine(AppContext.BaseDirectory, "mesh.dll")}'";
        await using RunningProcess shell = RunningProcess.Start("bash", ["-c", $"yes '/a=>/b' | {mesh} dtab parse --stdin | head -n 1"]);

        Assert.Equal(0, await shell.ExitAsync(Peer.Patience));

        Assert.StartsWith("/a=>/b\n", shell.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", shell.Output, StringComparison.Ordinal);
    }

    private RunningProcess Start(string command, string config)
    {
        File.WriteAllText(_file, config);
        return RunningProcess.Start("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "mesh.dll"), command, _file]);
    }

    private static string Config(int backend, int port) =>
        $"admin: {{port: 0}}\nrouters:\n- protocol: http\n  dtab: /svc => /$/inet/127.0.0.1/{backend}\n  servers:\n  - port: {port}\n";

    private static async Task<int> PortAsync(RunningProcess mesh) =>
        int.Parse((await mesh.LineAsync(ServingLine(), Peer.Patience)).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("config: reload refused")]
    private static partial Regex RefusedLine();

    [GeneratedRegex("config: reloaded")]
    private static partial Regex ReloadedLine();

    [GeneratedRegex(@"router \S+ serving 127\.0\.0\.1:(\d+)")]
    private static partial Regex ServingLine();
}
