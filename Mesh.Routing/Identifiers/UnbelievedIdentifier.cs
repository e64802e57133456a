using System.Diagnostics.CodeAnalysis;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Identifiers;

/// <summary>Stands for an identifier whose header is not looked at, because the server clears context.</summary>
internal sealed class UnbelievedIdentifier(IIdentifier identifier) : IIdentifier
{
    public bool TryIdentify(RequestHead head, out Identification found)
    {
        found = default;
        return false;
    }

    public bool TryName(ReadOnlySpan<byte> key, [NotNullWhen(true)] out Path? name, [NotNullWhen(false)] out string? fault) =>
        identifier.TryName(key, out name, out fault);

    public string Explain(RequestHead head) => "its l5d-* headers are not believed here (clearContext)";
}
