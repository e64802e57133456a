using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Mesh.Bench;

/// <summary>A proxy under measurement: its process, where it listens, and where its admin does (0: none).</summary>
internal sealed partial record Proxy(string Name, Child Process, int Port, int AdminPort) : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    /// <summary>Starts one of mesh, haproxy, nginx in front of a backend and waits until it listens.</summary>
    public static Task<Proxy> StartAsync(string name, Backends backends, string? cores, int loops = 1) => name switch
    {
        "mesh" => StartMeshAsync($"mesh-{loops}.yaml", ConfigWriter.Mesh(backends, loops), cores),
        "haproxy" => StartListenerAsync(
            name, cores, port => ["haproxy", "-db", "-f", Layout.Write("haproxy.cfg", ConfigWriter.HaProxy(port, backends, loops))]),
        "nginx" => StartListenerAsync(name, cores, port => Nginx("nginx-proxy.conf", ConfigWriter.NginxProxy(port, backends))),
        _ => throw new BenchException($"no proxy {name}: mesh, haproxy or nginx"),
    };

    /// <summary>The same in front of one backend.</summary>
    public static Task<Proxy> StartAsync(string name, int backend, string? cores, int loops = 1) =>
        StartAsync(name, new Backends(backend, backend), cores, loops);

    /// <summary>nginx that answers every request itself with so many bytes, all of them <paramref name="filler"/>.</summary>
    public static Task<Proxy> StartBackendAsync(string? cores, char filler = 'x', int length = 100) =>
        StartListenerAsync("backend", cores, port => Nginx("nginx-backend.conf", ConfigWriter.NginxBackend(port, filler, length: length)));

    /// <summary>nginx with a configuration of its own, made for the port that it shall listen on.</summary>
    public static Task<Proxy> StartNginxAsync(string file, Func<int, string> config, string? cores) =>
        StartListenerAsync("nginx", cores, port => Nginx(file, config(port)));

    /// <summary>Starts one of mesh, haproxy, nghttpx, caddy that speak HTTP/2 on both sides, and waits until it listens.</summary>
    public static Task<Proxy> StartHttp2Async(string name, int backend, string? cores) => name switch
    {
        "mesh" => StartMeshAsync("mesh-h2.yaml", ConfigWriter.MeshHttp2(backend), cores),
        "haproxy" => StartHaProxyAsync("haproxy-h2.cfg", port => ConfigWriter.HaProxyHttp2(port, backend), cores),
        "nghttpx" => StartListenerAsync(
            name, cores, port =>
            [
                "nghttpx", "--single-process", "--conf=/dev/null", "-n1", $"-f127.0.0.1,{port};no-tls", $"-b127.0.0.1,{backend};;proto=h2",
                "--errorlog-file=/dev/stderr",
                "--backend-connections-per-host=8", "--no-ocsp",
            ]),
        "caddy" => StartListenerAsync(
            name, cores,
            // It keeps a copy of its configuration, which is to stay in the project's own folder.
            port =>
            [
                "env", "XDG_CONFIG_HOME=artifacts/bench", "caddy", "run", "--adapter", "caddyfile",
                "--config", Layout.Write("Caddyfile", ConfigWriter.Caddy(port, backend)),
            ]),
        _ => throw new BenchException($"no proxy {name}: mesh, haproxy, nghttpx or caddy"),
    };

    /// <summary>Starts one of mesh, haproxy, haproxy-splice, splice that pass bytes on to a port, and waits until it listens.</summary>
    public static async Task<Proxy> StartTcpAsync(string name, int backend, string? cores) => name switch
    {
        "mesh" => await StartMeshAsync("mesh-tcp.yaml", ConfigWriter.MeshTcp(backend), cores),
        "splice" => await StartListenerAsync(
            name, cores, port => [Environment.ProcessPath!, "splice", "--port", $"{port}", "--backend", $"{backend}"]),
        "haproxy" => await StartHaProxyAsync("haproxy-tcp.cfg", port => ConfigWriter.HaProxyTcp(port, backend, ""), cores),
        "haproxy-splice" => await StartHaProxyAsync(
            "haproxy-splice.cfg", port => ConfigWriter.HaProxyTcp(port, backend, "option splice-auto"), cores) with { Name = name },
        _ => throw new BenchException($"no proxy {name}: mesh, splice, haproxy or haproxy-splice"),
    };

    /// <summary>nginx that answers every request of HTTP/2 itself with 100 bytes.</summary>
    public static Task<Proxy> StartHttp2BackendAsync(string? cores) =>
        StartListenerAsync("backend", cores, port => Nginx("nginx-backend-h2.conf", ConfigWriter.NginxBackend(port, 'x', " http2")));

    /// <summary>Starts mesh with a configuration of its own, written to that file.</summary>
    public static async Task<Proxy> StartMeshAsync(string file, string config, string? cores)
    {
        Child child = Child.Start(cores, Layout.Program, "run", Layout.Write(file, config));
        try
        {
            int port = PortOf(await child.LineAsync(RouterLine()));
            return new Proxy("mesh", child, port, PortOf(await child.LineAsync(AdminLine())));
        }
        catch
        {
            child.Dispose();
            throw;
        }
    }

    /// <summary>Starts haproxy with a configuration of its own, made for the port that it shall listen on and written to that file.</summary>
    public static Task<Proxy> StartHaProxyAsync(string file, Func<int, string> config, string? cores) =>
        StartListenerAsync("haproxy", cores, port => ["haproxy", "-db", "-f", Layout.Write(file, config(port))]);

    public void Dispose() => Process.Dispose();

    private static string[] Nginx(string file, string text)
    {
        Directory.CreateDirectory(Path.Combine(Layout.Root, Layout.Work, "nginx-tmp"));
        Layout.Write(file, text);
        return ["nginx", "-p", Path.Combine(Layout.Root, Layout.Work), "-e", "stderr", "-c", file];
    }

    private static async Task<Proxy> StartListenerAsync(string name, string? cores, Func<int, string[]> command)
    {
        int port = Layout.FreePort();
        Child child = Child.Start(cores, command(port));
        try
        {
            await AcceptsAsync(child, port);
            return new Proxy(name, child, port, 0);
        }
        catch
        {
            child.Dispose();
            throw;
        }
    }

    /// <summary>Neighbours print no line when they listen, so the port is asked until it answers.</summary>
    private static async Task AcceptsAsync(Child child, int port)
    {
        using CancellationTokenSource limit = new(StartLimit);
        using PeriodicTimer retry = new(TimeSpan.FromMilliseconds(2));
        while (child.Running)
        {
            using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, port, limit.Token);
                return;
            }
            catch (SocketException)
            {
                await retry.WaitForNextTickAsync(limit.Token);
            }
        }

        await child.ExitAsync();
        throw new BenchException($"{child.Command}\nended at start:\n{child.Output}");
    }

    private static int PortOf(Match line) => int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"router \S+ serving 127\.0\.0\.1:(\d+)")]
    private static partial Regex RouterLine();

    [GeneratedRegex(@"admin: serving 127\.0\.0\.1:(\d+)")]
    private static partial Regex AdminLine();
}
