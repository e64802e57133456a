using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The protocols of <c>routers</c>.</summary>
internal static class RouterKinds
{
    public static readonly KindTable Table = new(
        "a router",
        "protocol",
        null,
        [
            new Kind<RouterConfig>("http", "HTTP/1.x.", RouterKeys.Section),
            Kind.NotSupported("h2", "HTTP/2 and gRPC"),
            Kind.NotSupported("thrift", "Thrift"),
            Kind.NotSupported("thriftmux", "Thrift over Mux"),
            Kind.NotSupported("mux", "Finagle's Mux"),
        ])
    {
        UnknownIsCheckedAs = "http",
    };
}
