using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy.Grpc;

/// <summary>
/// The end of a call's time while its messages pass: the backend's stream is given up. Client and backend keep the time themselves, so that this is
/// for those that do not.
/// </summary>
/// <remarks>One object per client connection, made for its first call with a time whose messages stream.</remarks>
internal sealed class GrpcDeadline : LoopTimer
{
    private IClientExchange? _client;

    /// <summary>It ended the call.</summary>
    public bool HasPassed { get; private set; }

    public void Begin(EventLoop loop, IClientExchange client, long deadlineNs)
    {
        HasPassed = false;
        _client = client;
        Set(loop, deadlineNs);
    }

    public void End(EventLoop loop)
    {
        Remove(loop);
        _client = null;
    }

    protected override void OnDeadline()
    {
        HasPassed = true;
        _client?.OnGone();
    }
}
