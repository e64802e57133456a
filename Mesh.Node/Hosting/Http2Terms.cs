using Mesh.Node.Config;
using Mesh.Node.Proxy;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2;
using Mesh.Wire.Loops;

namespace Mesh.Node.Hosting;

/// <summary>The config's words for HTTP/2 in Wire's.</summary>
internal static class Http2Terms
{
    public static Http2Options OfServer(ServerConfig config, ServerConnectionOptions options) => Of(config.Http2, options.Limits) with
    {
        MaxConcurrentStreams = config.Http2.MaxConcurrentStreams ?? Http2Options.Default.MaxConcurrentStreams,
        TakesTunnels = !config.Upgrades.IsEmpty,
        IdleTimeoutNs = options.IdleTimeoutNs,
        BodyIdleTimeoutNs = options.BodyIdleTimeoutNs,
        TunnelIdleTimeoutNs = options.TunnelIdleTimeoutNs,
        LifeTimeNs = options.LifeTimeNs,
        HeadTimeoutNs = Math.Min(options.HeadTimeoutNs, ProxyServer.SniffNs),
    };

    public static Http2Options OfClient(Http2Config config, ClientSessionConfig session, Http1Limits limits) => Of(config, limits) with
    {
        LifeTimeNs = session.LifeTimeMs is { } ms ? ms * 1_000_000L : LoopTimer.Never,
    };

    private static Http2Options Of(Http2Config config, Http1Limits limits)
    {
        Http2Options usual = Http2Options.Default;
        int window = config.InitialStreamWindowBytes ?? usual.StreamWindowBytes;
        return usual with
        {
            HeaderTableBytes = config.HeaderTableBytes ?? usual.HeaderTableBytes,
            StreamWindowBytes = window,
            ConnectionWindowBytes = Math.Max(window, usual.ConnectionWindowBytes),
            MaxFrameBytes = config.MaxFrameBytes ?? usual.MaxFrameBytes,
            MaxHeaderListBytes = config.MaxHeaderListBytes ?? limits.MaxHeadBytes,
            MaxFields = limits.MaxFields,
            WindowUpdateRatio = config.WindowUpdateRatio ?? usual.WindowUpdateRatio,
        };
    }
}
