using Mesh.Wire.Exchange;

namespace Mesh.Node.Telemetry;

/// <summary>Books what a client connection has received and sent since the last time.</summary>
/// <remarks>Hot path, on the connection's loop: two additions a request.</remarks>
internal sealed class ByteMeter(ServerSeries series, IServerExchange connection)
{
    private long _received;
    private long _sent;

    public void Count()
    {
        series.Received.Add(connection.Loop.Index, connection.BytesReceived - _received);
        series.Sent.Add(connection.Loop.Index, connection.BytesSent - _sent);
        _received = connection.BytesReceived;
        _sent = connection.BytesSent;
    }
}
