using Mesh.Fuzz.Detection;
using Mesh.Fuzz.Hpack;
using Mesh.Fuzz.Http1;
using Mesh.Fuzz.Http2;

namespace Mesh.Fuzz;

/// <summary>All targets.</summary>
internal static class FuzzTargets
{
    /// <summary>In the order in which they are run.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new RequestTarget(), new ResponseTarget(), new Http1ServerTarget(), new Http1ClientTarget(), new HpackDecoderTarget(),
        new HpackRoundTripTarget(), new HeadsTarget(),
        new Http2ServerTarget(), new Http2ClientTarget(), new DetectTarget(), new ProxyHeaderTarget(), new ClientHelloTarget(),
    ];

    /// <summary>By its name, or all of a family: <c>http2</c>, <c>all</c>.</summary>
    public static IReadOnlyList<FuzzTarget> Find(string name) =>
        [.. All.Where(target => name == "all" || target.Name == name || target.Name.StartsWith(name + "-", StringComparison.Ordinal))];
}
