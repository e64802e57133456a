using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of a server's <c>socketOptions</c>.</summary>
internal static class SocketOptionsKeys
{
    public static readonly BoolKey NoDelay = new("noDelay", true, "Sends small writes at once (TCP_NODELAY).");
    public static readonly BoolKey ReusePort = new("reusePort", false, "Shares the port with other processes (SO_REUSEPORT).");
    public static readonly BoolKey KeepAlive = new("keepAlive", false, "Lets the kernel probe idle connections (SO_KEEPALIVE).");

    public static readonly IntKey Backlog = new(
        "backlog", SocketOptionsConfig.DefaultBacklog, 1, 65_535, "connections",
        "Connections that wait to be accepted; the kernel's own limit also holds.");

    public static readonly OptionalIntKey ReadTimeoutMs = new(
        "readTimeoutMs", "none of its own", 1, int.MaxValue, "ms",
        "Longest wait for a client's bytes: `serverSession.idleTimeMs`, `headTimeoutMs` and `bodyIdleTimeoutMs` are no longer than it. "
        + "It does not run while a response is waited for.");

    public static readonly OptionalIntKey WriteTimeoutMs = new(
        "writeTimeoutMs", "none of its own", 1, int.MaxValue, "ms",
        "Longest that a client may take nothing: `bodyIdleTimeoutMs` is no longer than it.");

    public static readonly Section<SocketOptionsConfig> Section = new(
        "`socketOptions`",
        "Options of a listener and of the connections that it accepts.",
        [
            NoDelay, ReusePort, KeepAlive, Backlog, ReadTimeoutMs, WriteTimeoutMs,
            new UnsupportedKey("reuseAddr", "Listening only once old connections are gone; a listener always reuses its address.", "true"),
        ],
        static view => new SocketOptionsConfig(view.Get(NoDelay), view.Get(ReusePort), view.Get(KeepAlive), view.Get(Backlog))
        {
            ReadTimeoutMs = view.Get(ReadTimeoutMs),
            WriteTimeoutMs = view.Get(WriteTimeoutMs),
        });
}
