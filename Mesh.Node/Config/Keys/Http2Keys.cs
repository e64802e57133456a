using System.Collections.Immutable;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of servers and clients for their connections of HTTP/2, Linkerd's.</summary>
internal static class Http2Keys
{
    private const int MaxTableBytes = 1024 * 1024;
    private const int LeastWindowBytes = 1024;
    private const int LeastFrameBytes = 16_384;
    private const int MostFrameBytes = 16_777_215;
    private const int MaxListBytes = 1024 * 1024;

    public static readonly OptionalIntKey HeaderTableBytes = new(
        "headerTableBytes", "4096", 0, MaxTableBytes, "bytes", "HTTP/2: the table that unpacks the peer's headers (SETTINGS_HEADER_TABLE_SIZE).");

    public static readonly OptionalIntKey InitialStreamWindowBytes = new(
        "initialStreamWindowBytes", "262144", LeastWindowBytes, int.MaxValue, "bytes",
        "HTTP/2: what the peer may send of one stream before it is read on (SETTINGS_INITIAL_WINDOW_SIZE).");

    public static readonly OptionalIntKey MaxConcurrentStreams = new(
        "maxConcurrentStreamsPerConnection", "250", 1, 65_536, "streams",
        "HTTP/2: requests at once on one connection (SETTINGS_MAX_CONCURRENT_STREAMS); the next is refused, and may be sent again.");

    public static readonly OptionalIntKey MaxFrameBytes = new(
        "maxFrameBytes", "16384", LeastFrameBytes, MostFrameBytes, "bytes", "HTTP/2: payload of one frame that comes (SETTINGS_MAX_FRAME_SIZE).");

    public static readonly OptionalIntKey MaxHeaderListBytes = new(
        "maxHeaderListBytes", "the router's maxHeadersKB", LeastWindowBytes, MaxListBytes, "bytes",
        "HTTP/2: headers of a message, names, values and 32 for each (SETTINGS_MAX_HEADER_LIST_SIZE).");

    public static readonly DecimalKey WindowUpdateRatio = new(
        "windowUpdateRatio", 0.5, 0.01, 0.99, "",
        "HTTP/2: a window is opened again when this share of it, or less, is left; with 0.99, Linkerd's default, nearly every frame is answered.");

    private static readonly ImmutableArray<Key> s_common =
    [
        HeaderTableBytes, InitialStreamWindowBytes, MaxFrameBytes, MaxHeaderListBytes, WindowUpdateRatio,
    ];

    public static ImmutableArray<Key> OfServer { get; } = [MaxConcurrentStreams, .. s_common];

    public static ImmutableArray<Key> OfClient => s_common;

    public static Http2Config Over(SectionView view, Http2Config below) => new(
        view.GetOr(HeaderTableBytes, below.HeaderTableBytes),
        view.GetOr(InitialStreamWindowBytes, below.InitialStreamWindowBytes),
        view.GetOr(MaxConcurrentStreams, below.MaxConcurrentStreams),
        view.GetOr(MaxFrameBytes, below.MaxFrameBytes),
        view.GetOr(MaxHeaderListBytes, below.MaxHeaderListBytes),
        view.Find(WindowUpdateRatio) is null ? below.WindowUpdateRatio : view.Get(WindowUpdateRatio));
}
