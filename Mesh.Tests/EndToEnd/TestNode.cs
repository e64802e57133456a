using System.Net;
using Mesh.Actors.Shutdown;
using Mesh.Node.Config;
using Mesh.Node.Hosting;
using Mesh.Wire.Loops;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>A whole node in this process: real sockets on ephemeral loopback ports, config from text as an operator writes it.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private static readonly HttpClient s_admin = new() { Timeout = Peer.Patience };

    private readonly NodeHost _host;
    private readonly LogText _log;

    private TestNode(NodeHost host, LogText log)
    {
        _host = host;
        _log = log;
    }

    /// <summary>The transports that this machine has; a claim about sockets is tested over each.</summary>
    public static TheoryData<TransportKind> Transports =>
        OperatingSystem.IsLinux() ? [TransportKind.Epoll, TransportKind.Sockets] : [TransportKind.Sockets];

    public NodeHost Host => _host;

    public IPEndPoint Address => _host.Servers.First().BoundEndPoint!;

    /// <summary>What the node told its operator.</summary>
    public string Log => _log.ToString();

    /// <summary>A node with one router whose every name leads to one address.</summary>
    public static Task<TestNode> BeforeAsync(Origin origin, string router = "", string server = "", TransportKind transport = TransportKind.Auto) =>
        RoutingAsync($"/svc => /$/inet/127.0.0.1/{origin.Port}", router, server, transport);

    /// <summary>A node with one router.</summary>
    /// <param name="dtab">On one line.</param>
    /// <param name="router">Further keys of the router, in flow style: <c>client: {..}, bindingTimeoutMs: 1</c>.</param>
    /// <param name="server">Further keys of its server, in flow style.</param>
    /// <param name="transport">Under the loops.</param>
    /// <param name="top">Further top-level keys, in flow style.</param>
    public static Task<TestNode> RoutingAsync(
        string dtab, string router = "", string server = "", TransportKind transport = TransportKind.Auto, string top = "") => StartAsync($$"""
        { admin: {port: 0, shutdownGraceMs: 20000}, loops: 1, transport: {{transport.ToString().ToLowerInvariant()}}, {{Joined(top)}}
          routers: [{ protocol: http, label: test, dtab: "{{dtab}}", {{Joined(router)}} servers: [{ port: 0, {{server}} }] }] }
        """);

    /// <param name="config">The whole text.</param>
    /// <param name="edit">What is changed in it after it was read.</param>
    /// <param name="time">Its clock.</param>
    public static async Task<TestNode> StartAsync(string config, Func<MeshConfig, MeshConfig>? edit = null, TimeProvider? time = null)
    {
        ConfigResult result = ConfigLoader.Load("test.yaml", config, [], DtabCheck.Hooks);
        Assert.True(result.Config is not null, string.Join('\n', result.Faults) + "\n" + config);
        LogText log = new();
        MeshConfig edited = edit?.Invoke(result.Config) ?? result.Config;
        time ??= TimeProvider.System;
        return new TestNode(await NodeHost.StartAsync(edited, new NodeLog(log, time), time), log);
    }

    /// <summary>Gives the running node another config, as a changed file would.</summary>
    public ReloadStatus Reload(string config) => _host.Reload(ConfigLoader.Load("test.yaml", config, [], DtabCheck.Hooks));

    public Task<Peer> ConnectAsync() => Peer.ConnectAsync(Address);

    /// <summary>One GET on a connection of its own.</summary>
    public async Task<Message> GetAsync(string path = "/", string host = "web")
    {
        using Peer peer = await ConnectAsync();
        return await peer.AskAsync($"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    }

    public async Task<(HttpStatusCode Status, string Text)> AdminAsync(string path)
    {
        using HttpResponseMessage response = await s_admin.GetAsync(new Uri($"http://{_host.Admin}{path}"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The sum of a family's series that carry all these labels; NaN when there is none.</summary>
    public double Metric(string name, params (string Label, string Value)[] labels)
    {
        MetricFamily? family = _host.Registry.Families().FirstOrDefault(family => family.Name == name);
        double[] values =
        [
            .. (family?.Series ?? []).Where(series => labels.All(label => series.Labels.Labels.Any(each => (each.Name, each.Value) == label)))
                .Select(series => series.Instrument switch
                {
                    Counter counter => counter.Value,
                    Gauge gauge => gauge.Value,
                    Histogram histogram => histogram.Snapshot().Count,
                    _ => double.NaN,
                }),
        ];
        return values.Length == 0 ? double.NaN : values.Sum();
    }

    /// <summary>Waits until a series has a value; what a request counts is counted a moment after its response has left.</summary>
    public Task MetricIsAsync(double value, string name, params (string Label, string Value)[] labels) =>
        Eventually.HoldsAsync(() => Metric(name, labels).Equals(value), () => $"{name} is {Metric(name, labels)}, want {value}\n{Log}");

    public Task StopAsync() => _host.StopAsync(new ShutdownReason("the test asks"));

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        Assert.DoesNotContain("a bug", Log, StringComparison.Ordinal);
    }

    private static string Joined(string keys) => keys.Length == 0 ? "" : keys + ",";

    /// <summary>A writer that may be read while others write.</summary>
    private sealed class LogText : StringWriter
    {
        private readonly Lock _gate = new();

        public override void WriteLine(string? value)
        {
            lock (_gate) base.WriteLine(value);
        }

        public override void WriteLine(object? value) => WriteLine(value?.ToString());

        public override string ToString()
        {
            lock (_gate) return base.ToString();
        }
    }
}
