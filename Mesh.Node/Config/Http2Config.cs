namespace Mesh.Node.Config;

/// <summary>What a connection of HTTP/2 may cost, in Linkerd's words; null: Mesh's default.</summary>
/// <param name="HeaderTableBytes">The table that unpacks the peer's heads, bytes.</param>
/// <param name="InitialStreamWindowBytes">What the peer may send of one stream before it is read.</param>
/// <param name="MaxConcurrentStreams">Of a server: streams at once on a connection.</param>
/// <param name="MaxFrameBytes">Payload of one frame that comes.</param>
/// <param name="MaxHeaderListBytes">Of a head; null: what the router's limits say.</param>
/// <param name="WindowUpdateRatio">The share of a window at which it is opened again.</param>
internal sealed record Http2Config(
    int? HeaderTableBytes,
    int? InitialStreamWindowBytes,
    int? MaxConcurrentStreams,
    int? MaxFrameBytes,
    int? MaxHeaderListBytes,
    double? WindowUpdateRatio)
{
    public static Http2Config Default { get; } = new(null, null, null, null, null, null);
}
