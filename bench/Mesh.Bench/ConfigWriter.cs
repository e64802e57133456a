namespace Mesh.Bench;

/// <summary>Ports to forward to: for <see cref="ConfigWriter.Authority"/> and for <see cref="ConfigWriter.BulkAuthority"/>.</summary>
internal readonly record struct Backends(int Small, int Bulk);

/// <summary>Configurations of the program and its neighbours: keep-alive on both sides, no access log, one thread unless told.</summary>
internal static class ConfigWriter
{
    /// <summary>What every request asks for; mesh routes by it, the others send everything to the one backend.</summary>
    public const string Authority = "origin.test";

    /// <summary>The authority of a second backend, for big bodies.</summary>
    public const string BulkAuthority = "bulk.test";

    private const string NginxCommon = """
        daemon off; master_process off; worker_processes 1; pid nginx-tmp/pid; error_log stderr crit;
        worker_rlimit_nofile 20000;
        events { worker_connections 18000; }
        """;

    private const string NginxHttp = """
          access_log off; keepalive_timeout 1h; keepalive_requests 1000000000; http2_max_concurrent_streams 1000;
          client_max_body_size 0; default_type text/plain;
          client_body_temp_path nginx-tmp/b; proxy_temp_path nginx-tmp/p;
          fastcgi_temp_path nginx-tmp/f; uwsgi_temp_path nginx-tmp/u; scgi_temp_path nginx-tmp/s;
        """;

    /// <summary>A body of so many equal bytes for every request.</summary>
    public static string NginxBackend(int port, char filler, string protocol = "", int length = 100) => NginxOf(
        $$"""  server { listen 127.0.0.1:{{port}}{{protocol}} backlog=4096; location / { return 200 "{{new string(filler, length)}}"; } }""");

    public static string NginxProxy(int port, Backends backends) => NginxOf($$"""
          upstream small { server 127.0.0.1:{{backends.Small}}; keepalive 512; keepalive_requests 1000000000; keepalive_timeout 1h; }
          upstream bulk { server 127.0.0.1:{{backends.Bulk}}; keepalive 8; }
          map $http_host $up { default small; {{BulkAuthority}} bulk; }
          server { listen 127.0.0.1:{{port}} backlog=4096;
            location / {
              proxy_pass http://$up; proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Connection "";
              proxy_buffering off; proxy_request_buffering off; } }
        """);

    public static string HaProxy(int port, Backends backends, int threads) => $$"""
        global
            maxconn 12000
            no strict-limits
            nbthread {{threads}}
        defaults
            mode http
            http-reuse always
            timeout connect 5s
            timeout client 1h
            timeout server 1h
        frontend fe
            bind 127.0.0.1:{{port}} backlog 4096
            use_backend bulk if { hdr(host) {{BulkAuthority}} }
            default_backend small
        backend small
            server s 127.0.0.1:{{backends.Small}}
        backend bulk
            server s 127.0.0.1:{{backends.Bulk}}

        """;

    public static string Caddy(int port, int backend) => $$"""
        {
          admin off
          auto_https off
          servers {
            protocols h1 h2c
          }
        }
        :{{port}} {
          bind 127.0.0.1
          reverse_proxy h2c://127.0.0.1:{{backend}}
        }

        """;

    public static string HaProxyHttp2(int port, int backend) =>
        HaProxyOf($"bind 127.0.0.1:{port} proto h2 backlog 4096", $"server s 127.0.0.1:{backend} proto h2");

    /// <summary>One front, one backend, one thread.</summary>
    /// <param name="bind">Its line of the front.</param>
    /// <param name="server">Its line of the backend.</param>
    public static string HaProxyOf(string bind, string server) => $$"""
        global
            maxconn 12000
            no strict-limits
            nbthread 1
        defaults
            mode http
            http-reuse always
            timeout connect 5s
            timeout client 1h
            timeout server 1h
        frontend fe
            {{bind}}
            default_backend small
        backend small
            {{server}}

        """;

    public static string HaProxyTcp(int port, int backend, string option) => $$"""
        global
            maxconn 12000
            no strict-limits
            nbthread 1
        defaults
            mode tcp
            {{option}}
            timeout connect 5s
            timeout client 1h
            timeout server 1h
        frontend fe
            bind 127.0.0.1:{{port}} backlog 4096
            default_backend all
        backend all
            server s 127.0.0.1:{{backend}}

        """;

    public static string MeshTcp(int backend) => MeshOf(backend, protocol: "tcp");

    /// <summary>nginx with these parts within <c>http</c>.</summary>
    public static string NginxOf(string parts) => $$"""
        {{NginxCommon}}
        http {
        {{NginxHttp}}
        {{parts}}
        }

        """;

    public static string MeshHttp2(int backend) => MeshOf(backend, client: "{protocol: h2}");

    /// <summary>One router in front of one backend, one loop; the parts are YAML mappings on one line.</summary>
    public static string MeshOf(int backend, string client = "{}", string server = "", string protocol = "http") => $$"""
        admin: {port: 0}
        loops: 1
        routers:
        - protocol: {{protocol}}
          dtab: "/svc => /$/inet/127.0.0.1/{{backend}}"
          client: {{client}}
          servers: [{port: 0{{server}}}]

        """;

    public static string Mesh(Backends backends, int loops) => $$"""
        admin: {port: 0}
        loops: {{loops}}
        routers:
        - protocol: http
          dtab: "/svc => /$/inet/127.0.0.1/{{backends.Small}} ; /svc/{{BulkAuthority}} => /$/inet/127.0.0.1/{{backends.Bulk}}"
          servers:
          - port: 0

        """;
}
