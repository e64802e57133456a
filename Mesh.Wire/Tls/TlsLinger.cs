using Mesh.Wire.Loops;

namespace Mesh.Wire.Tls;

/// <summary>The end of a close whose last bytes the peer does not take.</summary>
internal sealed class TlsLinger(TlsTransport owner) : LoopTimer
{
    protected internal override void OnDeadline() => owner.Finish(abort: true);
}
