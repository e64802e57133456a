using System.Diagnostics.CodeAnalysis;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Identifiers;

/// <summary><c>io.l5d.static</c>: one name for every request.</summary>
/// <param name="name">The whole name, the router's prefix included.</param>
public sealed class StaticIdentifier(Path name) : IIdentifier
{
    private readonly Path _name = name;

    public bool TryIdentify(RequestHead head, out Identification found)
    {
        found = default;
        return true;
    }

    public bool TryName(ReadOnlySpan<byte> key, [NotNullWhen(true)] out Path? name, [NotNullWhen(false)] out string? fault)
    {
        fault = null;
        name = _name;
        return true;
    }

    public string Explain(RequestHead head) => $"it is {_name}";
}
