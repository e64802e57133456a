using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Bindings;

/// <summary>What all bindings of a router are evaluated by; replaced as a whole, read once an evaluation.</summary>
/// <param name="Dtab">The router's rules; a request's own come behind them.</param>
/// <param name="Lookup">The namers' answer for a path.</param>
internal sealed record BindingRules(DtabState Dtab, Func<Path, INameWatch> Lookup);
