namespace Mesh.Bench;

/// <summary>HTTP/1.1 keep-alive within TLS 1.3 that the proxy ends, bodies of 100 bytes; plain bytes to the backend.</summary>
internal static class TlsBenchmark
{
    private static readonly Lazy<Certificates.Files> Files = new(Certificates.Write);

    public static Task<int> RunAsync(Options options) => new SideBySide(new SideBySide.Subject(
        "tls",
        "TLS termination side by side",
        "mesh,haproxy,nginx",
        static cores => Proxy.StartBackendAsync(cores),
        StartAsync,
        static (port, connections, seconds) => Wrk.Command(port, connections, seconds, scheme: "https"),
        Wrk.ReadLoad)).RunAsync(options);

    private static Task<Proxy> StartAsync(string name, int backend, string cores) => name switch
    {
        "mesh" => Proxy.StartMeshAsync("mesh-tls.yaml", Mesh(backend), cores),
        "haproxy" => Proxy.StartHaProxyAsync("haproxy-tls.cfg", port => HaProxy(port, backend), cores),
        "nginx" => Proxy.StartNginxAsync("nginx-tls.conf", port => Nginx(port, backend), cores),
        _ => throw new BenchException($"no proxy {name}: mesh, haproxy or nginx"),
    };

    private static string Mesh(int backend) =>
        ConfigWriter.MeshOf(backend, server: $", tls: {{certPath: {Files.Value.Certificate}, keyPath: {Files.Value.Key}}}");

    private static string HaProxy(int port, int backend) => ConfigWriter.HaProxyOf(
        $"bind 127.0.0.1:{port} ssl crt {Files.Value.Both} alpn http/1.1 backlog 4096", $"server s 127.0.0.1:{backend}");

    private static string Nginx(int port, int backend) => ConfigWriter.NginxOf($$"""
          upstream small { server 127.0.0.1:{{backend}}; keepalive 512; keepalive_requests 1000000000; keepalive_timeout 1h; }
          server { listen 127.0.0.1:{{port}} ssl backlog=4096;
            ssl_certificate {{Certificates.At(Files.Value.Certificate)}}; ssl_certificate_key {{Certificates.At(Files.Value.Key)}};
            location / { proxy_pass http://small; proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Connection "";
              proxy_buffering off; proxy_request_buffering off; } }
        """);
}
