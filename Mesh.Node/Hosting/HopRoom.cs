using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2;

namespace Mesh.Node.Hosting;

/// <summary>
/// What a node may add to a head on its way. Between two nodes limits are so much wider than a router's, in both directions: a head that the first
/// takes, however near to its limits, is not refused by the second for what the first has added.
/// </summary>
internal static class HopRoom
{
    /// <summary>
    /// Headers: 16 of the node's own (Via, <c>l5d-*</c>, <c>mesh-*</c>, Forwarded, ..), 32 that a policy sets and adds, the five pseudo fields and
    /// <c>te</c> of HTTP/2, and a few more.
    /// </summary>
    public const int Fields = 64;

    /// <summary>
    /// KiB: a policy's 32 lines have 36 at most, <c>x-forwarded-client-cert</c> rarely one; HTTP/2 counts 28 bytes more for each field.
    /// </summary>
    public const int KB = 64;

    /// <summary>KiB of the start line: a rewrite puts up to 1 in front of the path.</summary>
    public const int StartLineKB = 2;

    /// <summary>The most fields that a router can take, whatever its config says: with the room it is all that a head can have.</summary>
    public const int MostFields = HeadEdits.MaxFields - Fields;

    public static Http1Limits Widen(Http1Limits limits) => limits with
    {
        MaxFields = limits.MaxFields + Fields,
        MaxHeadBytes = limits.MaxHeadBytes + KB * 1024,
        MaxStartLineBytes = limits.MaxStartLineBytes + StartLineKB * 1024,
    };

    public static Http2Options Widen(Http2Options options) => options with
    {
        MaxFields = options.MaxFields + Fields,
        MaxHeaderListBytes = options.MaxHeaderListBytes + KB * 1024,
    };
}
