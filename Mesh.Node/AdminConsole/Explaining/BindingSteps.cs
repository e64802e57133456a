using System.Collections.Immutable;
using Mesh.Routing.Dtabs;

namespace Mesh.Node.AdminConsole.Explaining;

/// <summary>How a name came to what it is bound to: a tree of look-ups, each with the rule that led there and where that is from. Pure.</summary>
internal static class BindingSteps
{
    /// <param name="result">Of a binding.</param>
    /// <param name="origins">The rules by where they come from.</param>
    public static ImmutableArray<Step> Of(BindResult result, ImmutableArray<(string Origin, Dtab Rules)> origins)
    {
        IReadOnlyList<BindStep> steps = result.Trail.Steps;
        int at = 0;
        List<Step> tree = Below(steps, ref at, 0, origins);
        if (result.Trail.Omitted > 0) tree.Add(Step.Fact("omitted", $"and {result.Trail.Omitted} more steps"));
        return [.. tree];
    }

    private static List<Step> Below(IReadOnlyList<BindStep> steps, ref int at, int depth, ImmutableArray<(string Origin, Dtab Rules)> origins)
    {
        List<Step> found = [];
        while (at < steps.Count && steps[at].Depth >= depth)
        {
            BindStep step = steps[at++];
            List<Step> inner = Below(steps, ref at, step.Depth + 1, origins);
            found.Add(Of(step, inner, origins));
        }

        return found;
    }

    private static Step Of(BindStep step, List<Step> inner, ImmutableArray<(string Origin, Dtab Rules)> origins)
    {
        StepVerdict verdict = !step.IsTried ? StepVerdict.Fact
            : inner.Count > 0 && inner.Any(static each => each.Verdict == StepVerdict.Yes) ? StepVerdict.Yes
            : step.Outcome.StartsWith("bound", StringComparison.Ordinal) ? StepVerdict.Yes
            : StepVerdict.No;
        string from = step.Rule is { } rule ? Origin(rule, origins) : "";
        string by = step.Rule is null ? "" : $", by {step.Via} ({from})";
        var facts = ImmutableArray.Create(("path", step.Path), ("outcome", step.Outcome));
        if (step.Rule is not null) facts = facts.AddRange(("rule", step.Via), ("origin", from));
        return new Step("lookup", verdict, $"{step.Path}: {step.Outcome}{by}") { Steps = [.. inner], Facts = facts };
    }

    /// <summary>The rule is the same object wherever it came through.</summary>
    private static string Origin(Dentry rule, ImmutableArray<(string Origin, Dtab Rules)> origins)
    {
        foreach ((string origin, Dtab rules) in origins)
            for (int i = 0; i < rules.Dentries.Length; i++)
                if (ReferenceEquals(rules.Dentries[i], rule)) return $"{origin}, rule {i + 1} of {rules.Dentries.Length}";
        return "a rule that has changed meanwhile";
    }
}
