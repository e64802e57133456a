using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Mesh.Discovery.Transformers;
using Mesh.Routing.Dtabs;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Bindings;

/// <summary>What all bindings of a router are evaluated by; replaced as a whole, read once an evaluation.</summary>
/// <param name="Dtab">The router's rules; a request's own come behind them.</param>
/// <param name="Lookup">The namers' answer for a path. By another one all bindings ask anew, and then let go of the old one's answers.</param>
public sealed record BindingRules(DtabState Dtab, Func<Path, INameWatch> Lookup)
{
    /// <summary>What becomes of a bound tree, in the order of application. Whoever owns them asks for an evaluation when they change.</summary>
    public ImmutableArray<Transformer> Transformers { get; init; } = [];

    /// <summary>
    /// Who binds names instead of this node, by the router's rules, the request's behind them: an interpreter elsewhere. <see cref="Lookup"/> is not
    /// asked then. Null: nobody.
    /// </summary>
    public Func<Path, Dtab, INameWatch>? Elsewhere { get; init; }
}
