using System.Collections.Immutable;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Identifiers;

/// <summary>A router's identifiers of connections in the order in which they are asked; the first that identifies one wins.</summary>
/// <remarks>Any thread.</remarks>
public sealed class ConnectionIdentifierList(ImmutableArray<IConnectionIdentifier> identifiers)
{
    /// <summary>
    /// In a binding's key, whose identifier it is: these names are whole paths, which no identifier of requests takes for a key.
    /// </summary>
    public const int KeyOwner = -1;

    /// <summary>The connection's first bytes are worth a wait: who is asked before all others, or with others, looks at them.</summary>
    public bool NeedsServerName { get; } = identifiers.Any(static each => each.NeedsServerName);

    /// <summary>Nobody names a connection that tells no server name, so that it is worth a longer wait.</summary>
    public bool DependsOnServerName { get; } = !identifiers.IsEmpty && identifiers.All(static each => each.NeedsServerName);

    public Path? Identify(in ConnectionFacts facts)
    {
        foreach (IConnectionIdentifier identifier in identifiers)
        {
            if (identifier.Identify(facts) is { } name) return name;
        }

        return null;
    }

    /// <summary>What each identifier makes of a connection, in their order, up to the one that names it. For people.</summary>
    public ImmutableArray<IdentifierTry> Try(in ConnectionFacts facts)
    {
        var tries = ImmutableArray.CreateBuilder<IdentifierTry>();
        foreach (IConnectionIdentifier identifier in identifiers)
        {
            Path? name = identifier.Identify(facts);
            tries.Add(new IdentifierTry(name, name is null ? identifier.Explain(facts) : "", IsLast: name is not null));
            if (name is not null) break;
        }

        return tries.ToImmutable();
    }

    /// <summary>Why nobody names this connection.</summary>
    public string Explain(in ConnectionFacts facts)
    {
        List<string> reasons = [];
        foreach (IConnectionIdentifier identifier in identifiers) reasons.Add(identifier.Explain(facts));
        return string.Join("; ", reasons);
    }
}
