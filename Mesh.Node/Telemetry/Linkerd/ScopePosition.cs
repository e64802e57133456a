using System.Collections.Immutable;

namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>
/// Where a walk through the tree stands: the scopes so far, those that name a router, server, service or client turned into labels.
/// </summary>
/// <remarks>Source: Linkerd's PrometheusTelemeter and InfluxDbTelemeter, which agree but for exceptions.</remarks>
/// <param name="Name">Scopes joined by colons, not escaped; empty at the root.</param>
/// <param name="Labels">In order of appearance, values not escaped.</param>
internal sealed record ScopePosition(string Name, ImmutableArray<(string Name, string Value)> Labels)
{
    private const string Router = "rt";
    private const string Exception = "exception";

    public static readonly ScopePosition Root = new("", []);

    private static readonly ImmutableArray<string> s_stacks = ["service", "client", "server"];

    /// <summary>One scope further in.</summary>
    /// <param name="scope">The name of the place.</param>
    /// <param name="exceptions">Whether the class of a failure becomes a label, too.</param>
    public ScopePosition Enter(string scope, bool exceptions)
    {
        if (Name.Length == 0) return this with { Name = scope };
        if (Name == Router && !Has(Router)) return Labelled(Router, scope);
        foreach (string stack in s_stacks)
        {
            if (!Name.StartsWith("rt:" + stack, StringComparison.Ordinal)) continue;
            ReadOnlySpan<char> rest = Name.AsSpan("rt:".Length + stack.Length);
            if (rest.IsEmpty && !Has(stack)) return Labelled(stack, scope);
            if (stack == "client" && rest is ":service" && !Has("service")) return Labelled("service", scope);
            if (exceptions && rest is ":failures") return Failing(scope, Name);
            if (exceptions && rest is ":exn") return Failing(scope, $"rt:{stack}:exceptions");
        }

        return this with { Name = Name + ":" + scope };
    }

    private ScopePosition Labelled(string label, string value) => this with { Labels = Labels.Add((label, value)) };

    /// <summary>A class within a class is told after a colon.</summary>
    private ScopePosition Failing(string exception, string name)
    {
        int at = Labels.IndexOf(Labels.FirstOrDefault(static label => label.Name == Exception));
        return at < 0
            ? new ScopePosition(name, Labels.Add((Exception, exception)))
            : new ScopePosition(name, Labels.SetItem(at, (Exception, Labels[at].Value + ":" + exception)));
    }

    private bool Has(string label) => Labels.Any(each => each.Name == label);
}
