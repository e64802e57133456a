namespace Mesh.Node.Proxy.Grpc;

/// <summary>
/// Where a body of gRPC stands: between two messages, where its sender may rest as long as it likes, or within one, which it has begun to say and
/// must finish in the time of any body.
/// </summary>
/// <remarks>A message is a flag, four bytes of length, and as many bytes (gRPC over HTTP/2, Length-Prefixed-Message). One body each.</remarks>
internal sealed class GrpcMessages
{
    private const int PrefixBytes = 5;

    private int _prefix;
    private uint _length;
    private uint _left;

    /// <summary>No message is under way.</summary>
    public bool IsBetween => _left == 0 && _prefix == 0;

    /// <summary>Another body begins.</summary>
    public void Begin()
    {
        _prefix = 0;
        _length = _left = 0;
    }

    /// <summary>The next bytes of the body, however they are cut.</summary>
    public void Take(ReadOnlySpan<byte> payload)
    {
        while (!payload.IsEmpty)
        {
            if (_left > 0)
            {
                int count = (int)Math.Min(_left, (uint)payload.Length);
                _left -= (uint)count;
                payload = payload[count..];
                continue;
            }

            if (_prefix++ > 0) _length = (_length << 8) | payload[0];
            payload = payload[1..];
            if (_prefix < PrefixBytes) continue;
            _left = _length;
            _prefix = 0;
            _length = 0;
        }
    }
}
