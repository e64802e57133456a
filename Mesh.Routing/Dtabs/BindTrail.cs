using System.Text;
using Mesh.Discovery.Names;

namespace Mesh.Routing.Dtabs;

/// <summary>
/// The steps of one binding in the order in which they were begun, alternatives that were not needed included: the answer to "why did it not use
/// the other one?". The first <see cref="MaxSteps"/> are kept, the rest counted. Text is made only when it is asked for.
/// </summary>
public sealed class BindTrail
{
    public const int MaxSteps = 64;

    /// <summary>Characters of one path, rule or outcome in a text; what is longer is cut.</summary>
    public const int MaxTextChars = 200;

    /// <summary>Ends that <see cref="Summary"/> names.</summary>
    public const int MaxSummary = 12;

    /// <summary>What leads in circles must not run out of the page.</summary>
    private const int MaxMargin = 12;

    private readonly List<Entry> _entries = [];
    private readonly HashSet<int> _inner = [];

    public IReadOnlyList<BindStep> Steps => ToSteps();

    public int Omitted { get; private set; }

    /// <summary>The steps that led no further, one after the other: for a header or one line of a body.</summary>
    public string Summary()
    {
        List<BindStep> ends = [.. ToSteps().Where((step, i) => !_inner.Contains(i) && step.IsTried)];
        string text = string.Join("; ", ends.Take(MaxSummary).Select(static step => $"{step.Path}: {step.Outcome}"));
        int more = Omitted + Math.Max(0, ends.Count - MaxSummary);
        return text + (more == 0 ? "" : $"; and {more} more steps");
    }

    /// <summary>All steps, a line each, indented by depth, with the rule that led to each.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (BindStep step in ToSteps())
        {
            text.Append(' ', 2 * Math.Min(step.Depth, MaxMargin)).Append(step.Path);
            if (step.Via.Length > 0) text.Append(" (").Append(step.Via).Append(')');
            text.Append(": ").Append(step.Outcome).Append('\n');
        }
        return text.Append(Omitted == 0 ? "" : $"and {Omitted} more steps").ToString().TrimEnd('\n');
    }

    /// <summary>The place of a new step, or -1 when the trail is full.</summary>
    internal int Begin(int depth, object what, Dentry? rule, double? weight, int parent)
    {
        if (parent >= 0) _inner.Add(parent);
        if (_entries.Count == MaxSteps)
        {
            Omitted++;
            return -1;
        }
        _entries.Add(new Entry(depth, what, rule, weight, null));
        return _entries.Count - 1;
    }

    internal void End(int step, BindOutcome outcome)
    {
        if (step >= 0) _entries[step] = _entries[step] with { Outcome = outcome };
    }

    private List<BindStep> ToSteps()
    {
        // A rule may be long and met at each step; it is printed once.
        var rules = new Dictionary<Dentry, string>(ReferenceEqualityComparer.Instance);
        return [.. _entries.Select(entry => ToStep(entry, rules))];
    }

    private static BindStep ToStep(Entry entry, Dictionary<Dentry, string> rules)
    {
        string via = "";
        if (entry.Rule is { } rule && !rules.TryGetValue(rule, out via!)) rules.Add(rule, via = Cut($"{rule.Prefix} => {rule.Destination}"));
        string what = entry.Weight is { } weight
            ? new NameTree<object>.Union([new NameTree<object>.Weighted(weight, NameTree.Leaf(entry.What))]).ToString()
            : entry.What.ToString()!;
        string outcome = entry.Outcome?.ToString() ?? "not tried";
        return new BindStep(entry.Depth, Cut(what), via, Cut(outcome), entry.Rule, entry.Outcome is not (null or BindOutcome.Untried));
    }

    private static string Cut(string text) => text.Length <= MaxTextChars ? text : string.Concat(text.AsSpan(0, MaxTextChars), "...");

    /// <param name="Depth">As in <see cref="BindStep"/>.</param>
    /// <param name="What">A path, a symbol, or a tree that was not tried.</param>
    /// <param name="Rule">That led here.</param>
    /// <param name="Weight">Of the share; null outside of unions.</param>
    /// <param name="Outcome">Null while it is being tried.</param>
    private readonly record struct Entry(int Depth, object What, Dentry? Rule, double? Weight, BindOutcome? Outcome);
}
