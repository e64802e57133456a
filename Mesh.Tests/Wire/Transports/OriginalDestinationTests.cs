using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mesh.Tests.Kit;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;
using Xunit;

namespace Mesh.Tests.Wire.Transports;

/// <summary>Connections that the firewall leads here, in a network of a thread's own.</summary>
public sealed class OriginalDestinationTests
{
    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ConnectionThatNobodyLed_HasNone(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);

        Assert.Null(await pair.Runner.RunAsync(() => pair.Transport.OriginalDestination));
    }

    [RedirectFact]
    public Task RedirectedOnEpoll_TellsWhatWasMeant() => TellsAsync(TransportKind.Epoll, IPAddress.Loopback, "iptables");

    [RedirectFact]
    public Task RedirectedOnSockets_TellsWhatWasMeant() => TellsAsync(TransportKind.Sockets, IPAddress.Loopback, "iptables");

    [RedirectFact("ip6tables")]
    public Task RedirectedOverIPv6_TellsWhatWasMeant() => TellsAsync(TransportKind.Epoll, IPAddress.IPv6Loopback, "ip6tables");

    private static async Task TellsAsync(TransportKind kind, IPAddress address, string firewall)
    {
        const int Meant = 6379;
        await using LoopRunner runner = new(kind);
        TaskCompletionSource<Transport> accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<(Socket, Listener)> connected = Task.Factory.StartNew(
            () =>
            {
                Namespaces.Leave();
                Run("ip", "link set lo up");
                Listener listener = runner.Group.Listen(new IPEndPoint(address, 0), new ListenerOptions(), accepted.SetResult);
                Run(firewall, $"-t nat -A OUTPUT -p tcp --dport {Meant} -j REDIRECT --to-ports {listener.BoundEndPoint.Port}");
                return (TransportPair.Connect(new IPEndPoint(address, Meant)), listener);
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        (Socket peer, Listener listener) = await connected.WaitAsync(LoopRunner.Patience);
        Transport transport = await accepted.Task.WaitAsync(LoopRunner.Patience);
        listener.Close();

        Assert.Equal(new IPEndPoint(address, Meant), await runner.RunAsync(() => transport.OriginalDestination));
        await runner.RunAsync(transport.Close);
        peer.Dispose();
    }

    internal static void Run(string program, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {arguments}: {error}");
    }

    /// <summary>Runs where a process may have a network of its own and lead connections in it.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class RedirectFactAttribute(string firewall = "iptables") : FactIfAttribute(Missing(firewall))
    {
        public string Firewall => firewall;

        private static string? Missing(string firewall)
        {
            if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) return "needs Linux and root";
            if (new[] { "unshare", "ip", firewall }.FirstOrDefault(static tool => Tools.Find(tool) is null) is { } tool) return $"needs {tool}";
            using Process probe = Process.Start(new ProcessStartInfo(
                "unshare", $"-n {firewall} -t nat -A OUTPUT -p tcp --dport 9 -j REDIRECT --to-ports 10")
            { RedirectStandardError = true, RedirectStandardOutput = true })!;
            probe.StandardError.ReadToEnd();
            probe.WaitForExit();
            return probe.ExitCode == 0 ? null : $"needs a kernel that lets {firewall} redirect";
        }
    }

    /// <summary>unshare(2).</summary>
    private static partial class Namespaces
    {
        private const int NewNetwork = 0x40000000;

        /// <summary>The calling thread gets a network with nothing in it. It must end afterwards.</summary>
        public static void Leave()
        {
            if (Unshare(NewNetwork) != 0) throw new InvalidOperationException($"unshare: {Marshal.GetLastPInvokeError()}");
        }

        [DllImport("libc", EntryPoint = "unshare", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int Unshare(int flags);
    }
}
