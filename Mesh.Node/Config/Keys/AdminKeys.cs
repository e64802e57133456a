using System.Net;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of <c>admin</c>.</summary>
internal static class AdminKeys
{
    public static readonly AddressKey Ip = new("ip", IPAddress.Loopback, "Address that admin listens on.")
    {
        Doubt = static ip => IPAddress.IsLoopback(ip)
            ? null
            : $"admin listens on {ip}, beyond this machine, and asks nobody who they are; 127.0.0.1 keeps it here",
    };

    public static readonly IntKey Port = new(
        "port", AdminConfig.DefaultPort, 0, SharedKeys.MaxPort, "", "Port that admin listens on; 0 takes a free one.");

    public static readonly IntKey ShutdownGraceMs = new(
        "shutdownGraceMs", AdminConfig.DefaultShutdownGraceMs, 0, SharedKeys.MaxMs, "ms",
        "How long requests in flight may finish once the node is told to stop.");

    public static readonly Section<AdminConfig> Section = new(
        "`admin`",
        "The node's own HTTP endpoints.",
        [
            Ip, Port, ShutdownGraceMs,
            new UnsupportedKey("tls", "TLS on the admin port."),
            new UnsupportedKey("security", "Which admin paths answer."),
            new UnsupportedKey("socketOptions", "Socket options of the admin port."),
            new UnsupportedKey("httpIdentifierPort", "A port that tells how a request would be named."),
            new InertKey("workerThreads", "Threads of Linkerd's admin server.", "admin shares the runtime's threads"),
        ],
        static view => new AdminConfig(view.Get(Ip), view.Get(Port), view.Get(ShutdownGraceMs), AdminSecurityConfig.Default, null));
}
