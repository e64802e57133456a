using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy;

/// <summary>One side of a tunnel: what it says is pulled, what it is told is pushed.</summary>
/// <param name="Source">What it says.</param>
/// <param name="Sink">What it is told.</param>
/// <param name="Break">Ends both at once; whoever waits for it is told.</param>
internal sealed record TunnelSide(IBodySource Source, IBodySink Sink, Action Break);
