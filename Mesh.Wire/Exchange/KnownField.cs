namespace Mesh.Wire.Exchange;

/// <summary>Field names that the proxy itself reads, drops or adds; every other name is <see cref="Other"/> and travels untouched.</summary>
public enum KnownField : byte
{
    Other = 0,
    Host,
    Connection,
    ContentLength,
    TransferEncoding,
    Upgrade,
    Expect,
    Te,
    Trailer,
    KeepAlive,
    ProxyConnection,
    ProxyAuthorization,
    ProxyAuthenticate,
    Via,
    Http2Settings,
    Date,
    Server,
    ContentType,
    SecWebSocketKey,
    SecWebSocketVersion,
    SecWebSocketAccept,

    /// <summary>Any name that begins with <c>l5d-</c>.</summary>
    Linkerd,

    /// <summary>A trace's place that is not Linkerd's: <c>traceparent</c>, <c>x-b3-traceid</c>, <c>b3</c>.</summary>
    TraceContext,

    /// <summary>What nodes tell each other alone: <c>mesh-instance</c>, <c>mesh-hops</c>, <c>mesh-load</c>, <c>mesh-proxy</c>.</summary>
    Mesh,

    /// <summary>Who the client proved to be to the node that it spoke with: <c>x-forwarded-client-cert</c>.</summary>
    ClientCertificate,

    /// <summary><c>mesh-mirror</c>: the request is a copy of another.</summary>
    MeshMirror,
}
