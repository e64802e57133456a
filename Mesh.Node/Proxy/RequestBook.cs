using Mesh.Node.Telemetry;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;
using Mesh.Wire.Http1;

namespace Mesh.Node.Proxy;

/// <summary>Books the outcome of a client connection's requests in the series of its server and of the services asked for.</summary>
/// <remarks>Hot path, on the connection's loop.</remarks>
internal sealed class RequestBook(IServerExchange connection, ServerMetrics metrics, ServerSeries series, ServiceMetrics unbound)
{
    private readonly ByteMeter _bytes = new(series, connection);
    private readonly int _stripe = connection.Loop.Index;

    /// <summary>A request came to an end.</summary>
    public void Complete(ServiceProfile? service, int status, bool success, long latencyNs, Fault fault)
    {
        ServiceMetrics asked = service?.Metrics ?? unbound;
        asked.Complete(_stripe, status, success, latencyNs);
        metrics.Complete(_stripe, status, success, latencyNs);
        if (fault.IsNone) return;
        asked.CountFault(_stripe, fault);
        metrics.CountFault(_stripe, fault);
    }

    /// <summary>What passed of a request that came by HTTP/2, whatever became of it. A name that led nowhere has no such series.</summary>
    public void CompleteStream(ServiceProfile? service, in StreamRecord stream)
    {
        service?.Metrics.Streams.Complete(_stripe, stream);
        metrics.Streams.Complete(_stripe, stream);
    }

    /// <summary>Who went away is neither success nor failure (as in Linkerd).</summary>
    public void Cancel() => series.Cancelled.Add(_stripe);

    /// <summary>What came was no request.</summary>
    public void Reject(RejectReason reason) => metrics.Rejections[(int)reason].Add(_stripe);

    /// <summary>Bytes since the last time.</summary>
    public void CountBytes() => _bytes.Count();
}
