using Mesh.Wire.Faults;

namespace Mesh.Node.Proxy;

/// <summary>A fault with its words: what happened where, for the operator who reads <c>l5d-err</c>. Default: all is well.</summary>
internal readonly record struct FaultReport(Fault Fault, string Text)
{
    public bool IsNone => Fault.IsNone;
}
