using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Mesh.Discovery.Transformers;
using Mesh.Routing.Dtabs;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Bindings;

/// <summary>
/// What one name is evaluated by: rules and namers of this node; or no rules, and somebody elsewhere who is asked for the whole name.
/// </summary>
/// <param name="Dtab">All rules of the name.</param>
/// <param name="Elsewhere">As in <see cref="BindingRules"/>.</param>
/// <param name="Lookup">Answers for a path. The same object as long as nothing else answers: what it was asked stays watched.</param>
public sealed record Interpretation(Dtab Dtab, Func<Path, Dtab, INameWatch>? Elsewhere, Func<Path, INameWatch> Lookup)
{
    /// <summary>What becomes of the bound tree.</summary>
    public ImmutableArray<Transformer> Transformers { get; init; } = [];

    /// <summary>The rules to follow here.</summary>
    public Dtab Here => Elsewhere is null ? Dtab : Dtab.Empty;

    /// <param name="rules">Of the router.</param>
    /// <param name="all">The router's dtab with what the request brought.</param>
    /// <param name="before">Of the last evaluation, to go on with what it asked.</param>
    public static Interpretation Of(BindingRules rules, Dtab all, Interpretation? before = null)
    {
        if (rules.Elsewhere is not { } elsewhere) return new Interpretation(all, null, rules.Lookup) { Transformers = rules.Transformers };
        return before is not null && before.Elsewhere == elsewhere && before.Dtab.Equals(all)
            ? before with { Transformers = rules.Transformers }
            : new Interpretation(all, elsewhere, path => elsewhere(path, all)) { Transformers = rules.Transformers };
    }
}
