using Mesh.Node.Telemetry;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>The bytes of one connection as they pass, counted at its server and its destination.</summary>
/// <remarks>Hot path, on the connection's loop: two additions for what one turn has moved.</remarks>
internal sealed class OpaqueFlow
{
    private readonly ServerSeries _server;
    private readonly OpaqueSeries _series;
    private readonly FlowSeries? _destination;
    private readonly int _stripe;
    private readonly long _startNs = EventLoop.NowNs;

    public OpaqueFlow(ServerSeries server, OpaqueSeries series, Backend backend, int stripe)
    {
        (_server, _series, _destination, _stripe) = (server, series, backend.Flows, stripe);
        series.Opened();
    }

    public void Count(long up, long down)
    {
        _server.Received.Add(_stripe, up);
        _server.Sent.Add(_stripe, down);
        _destination?.Sent.Add(_stripe, up);
        _destination?.Received.Add(_stripe, down);
    }

    public void Close()
    {
        _series.Closed();
        _destination?.Duration.Record(_stripe, EventLoop.NowNs - _startNs);
    }
}
