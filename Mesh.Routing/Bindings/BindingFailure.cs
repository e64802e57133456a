using Mesh.Routing.Dtabs;

namespace Mesh.Routing.Bindings;

/// <summary>Why requests for a name go nowhere, in words for an operator.</summary>
/// <param name="Kind">For the choice of status and for metrics.</param>
/// <param name="Explanation">One line: each alternative tried and why it was not used.</param>
/// <param name="Trail">The same, a line a step.</param>
public sealed record BindingFailure(BindFailureKind Kind, string Explanation, string Trail);
