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
            new Kind<RouterConfig>("http",
                "HTTP/1.x and HTTP/2 from clients; HTTP/1.1 to endpoints where `client.protocol` does not say otherwise.",
                RouterKeys.Section),
            new Kind<RouterConfig>(RouterKeys.Http2,
                "The same, gRPC in mind: HTTP/2 to endpoints where `client.protocol` does not say otherwise, port 4142.", RouterKeys.Section),
            new Kind<RouterConfig>(TcpRouterKeys.Protocol,
                "Connections whose bytes nobody reads: databases, queues, TLS that ends elsewhere.", TcpRouterKeys.Section),
            new Kind<RouterConfig>(AutoRouterKeys.Protocol,
                "What the first bytes of each connection tell: HTTP as in `http`, all else as in `tcp`.", AutoRouterKeys.Section),
            Kind.NotSupported("thrift", "Thrift"),
            Kind.NotSupported("thriftmux", "Thrift over Mux"),
            Kind.NotSupported("mux", "Finagle's Mux"),
        ])
    {
        UnknownIsCheckedAs = "http",
    };
}
