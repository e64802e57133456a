namespace Mesh.Bench.Resilience;

/// <summary>Configurations of this benchmark: one service of some pods, one thread, no access log, keep-alive on both sides.</summary>
internal static class ResilienceConfigs
{
    /// <summary>What every request asks for.</summary>
    public const string Service = "pods";

    /// <summary>Below <see cref="Layout.Work"/>.</summary>
    public const string Folder = "resilience";

    /// <summary>Stands in HAProxy's configurations for the port to listen on.</summary>
    public const string ListenPort = "LISTEN";

    /// <summary>Mesh before pods whose addresses are a file in the folder of the scenario.</summary>
    /// <param name="scenario">The folder, below <see cref="Folder"/>.</param>
    /// <param name="client">The `client` section, in flow style.</param>
    /// <param name="service">The `service` section, in flow style.</param>
    public static string Mesh(string scenario, string client, string service) => $$"""
        admin: {port: 0}
        loops: 1
        namers:
        - kind: io.l5d.fs
          rootDir: {{Layout.Work}}/{{Folder}}/{{scenario}}
        routers:
        - protocol: http
          dtab: "/svc => /#/io.l5d.fs"
          client: {{client}}
          service: {{service}}
          servers:
          - port: 0

        """;

    /// <summary>Mesh before one address: a node of a chain.</summary>
    public static string MeshHop(int next, string client, string service) => $$"""
        admin: {port: 0}
        loops: 1
        routers:
        - protocol: http
          dtab: "/svc => /$/inet/127.0.0.1/{{next}}"
          client: {{client}}
          service: {{service}}
          servers:
          - port: 0

        """;

    /// <summary>Where Mesh finds the addresses of the pods.</summary>
    public static void WriteAddresses(string scenario, IEnumerable<int> ports) =>
        Layout.Write($"{Folder}/{scenario}/{Service}", string.Concat(ports.Select(port => $"127.0.0.1 {port}\n")));

    /// <summary>HAProxy before pods.</summary>
    /// <param name="ports">Of the pods.</param>
    /// <param name="backend">Lines of the backend's section.</param>
    /// <param name="server">What stands behind each server.</param>
    /// <param name="serverTimeoutMs">Longest wait for a response.</param>
    public static string HaProxy(IEnumerable<int> ports, string[] backend, string server = "", int serverTimeoutMs = 10_000) => $$"""
        global
            maxconn 12000
            no strict-limits
            nbthread 1
        defaults
            mode http
            http-reuse always
            timeout connect 1s
            timeout client 1m
            timeout server {{serverTimeoutMs}}ms
        frontend fe
            bind 127.0.0.1:{{ListenPort}} backlog 4096
            default_backend pods
        backend pods
        {{Lines(backend)}}
        {{Lines(ports.Select((port, index) => $"server p{index} 127.0.0.1:{port} {server}".TrimEnd()))}}

        """;

    /// <summary>HAProxy that passes everything on, but takes the headers of Mesh out of the responses.</summary>
    public static string HaProxyWithoutMarks(int next) =>
        HaProxy([next], ["retries 0", "http-response del-header l5d- -m beg"]);

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines.Select(line => $"    {line}"));
}
