using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Bindings;

/// <summary>How a name is bound just now, for people who ask.</summary>
internal static class BindingExplanation
{
    /// <summary>
    /// A line a step. Cold: evaluates from what is known already; off the caller's thread where rules came with the request, since who sent them may
    /// have made that expensive.
    /// </summary>
    /// <param name="name">The service name.</param>
    /// <param name="overrides">Rules that win over the router's.</param>
    /// <param name="rules">The router's.</param>
    public static Task<string> OfAsync(Path name, Dtab overrides, BindingRules rules) =>
        overrides.Dentries.IsEmpty ? Task.FromResult(Of(name, overrides, rules)) : Task.Run(() => Of(name, overrides, rules));

    private static string Of(Path name, Dtab overrides, BindingRules rules)
    {
        Dtab dtab = rules.Dtab is DtabState.Known known ? known.Dtab : Dtab.Empty;
        Interpretation by = Interpretation.Of(rules, dtab + overrides);
        BindResult result = NameBinder.Bind(name, by.Here, Look, static bound => bound.Addresses.Current);
        string steps = result.Trail.ToString();
        if (by.Transformers.IsEmpty) return steps;
        BindResult end = NameBinder.Transform(result, by.Transformers);
        return end is BindResult.Resolved resolved ? $"{steps}\ntransformed: {BoundText.Of(resolved.Tree)}" : steps;

        NameState Look(Path path)
        {
            using INameWatch watch = by.Lookup(path);
            return watch.Current;
        }
    }
}
