using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Identifiers;

/// <summary>A router's identifiers in the order in which they are asked; the first that identifies a request wins.</summary>
/// <remarks>Any thread. <see cref="TryIdentify"/> is on the hot path and allocates nothing.</remarks>
public sealed class IdentifierList(ImmutableArray<IIdentifier> identifiers)
{
    private readonly IIdentifier[] _identifiers = [.. identifiers];

    public bool TryIdentify(RequestHead head, out Identification found)
    {
        for (int i = 0; i < _identifiers.Length; i++)
        {
            if (!_identifiers[i].TryIdentify(head, out found)) continue;
            found.Identifier = i;
            return true;
        }
        found = default;
        return false;
    }

    /// <inheritdoc cref="IIdentifier.TryName"/>
    public bool TryName(in Identification found, [NotNullWhen(true)] out Path? name, [NotNullWhen(false)] out string? fault) =>
        _identifiers[found.Identifier].TryName(found.Key, out name, out fault);

    /// <summary>
    /// The same list for servers that believe nothing of context: who reads a header <c>l5d-*</c> keeps its place and identifies nothing.
    /// </summary>
    public IdentifierList WithoutContext() => new(
        [.. _identifiers.Select(static identifier => identifier.ReadsContext ? new UnbelievedIdentifier(identifier) : identifier)]);

    /// <summary>
    /// What each identifier makes of a request, in their order, up to the one that has the last word: the name or the fault that it found. Cold.
    /// </summary>
    public ImmutableArray<IdentifierTry> Try(RequestHead head)
    {
        var tries = ImmutableArray.CreateBuilder<IdentifierTry>();
        foreach (IIdentifier identifier in _identifiers)
        {
            if (!identifier.TryIdentify(head, out Identification found))
            {
                tries.Add(new IdentifierTry(null, identifier.Explain(head), IsLast: false));
                continue;
            }

            bool isName = identifier.TryName(found.Key, out Path? name, out string? fault);
            tries.Add(new IdentifierTry(isName ? name : null, fault ?? "", IsLast: true));
            break;
        }

        return tries.ToImmutable();
    }

    /// <summary>Why no identifier names this request, in their order.</summary>
    public string Explain(RequestHead head) => string.Join("; ", _identifiers.Select(identifier => identifier.Explain(head)));
}

/// <summary>What one identifier made of a request.</summary>
/// <param name="Name">The service name; null: none.</param>
/// <param name="Reason">Why none; else empty.</param>
/// <param name="IsLast">It took the request, well or badly: nobody after it is asked.</param>
public sealed record IdentifierTry(Path? Name, string Reason, bool IsLast);
