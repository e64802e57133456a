using System.Text;

namespace Mesh.Routing.Dtabs;

/// <summary>
/// The steps of one binding in the order in which they were begun: the answer to "why did it not use the other one?". The first
/// <see cref="MaxSteps"/> are kept, the rest counted.
/// </summary>
public sealed class BindTrail
{
    public const int MaxSteps = 64;

    private readonly List<BindStep> _steps = [];
    private readonly HashSet<int> _inner = [];

    public IReadOnlyList<BindStep> Steps => _steps;

    public int Omitted { get; private set; }

    /// <summary>The steps that led no further, one after the other: for a header or one line of a body.</summary>
    public string Summary()
    {
        IEnumerable<string> ends = _steps.Where((_, i) => !_inner.Contains(i)).Select(step => $"{step.Path}: {step.Outcome}");
        return string.Join("; ", ends) + More("; ");
    }

    /// <summary>All steps, a line each, indented by depth.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (BindStep step in _steps)
        {
            text.Append(' ', 2 * step.Depth).Append(step.Path);
            if (step.Via.Length > 0) text.Append(" (").Append(step.Via).Append(')');
            text.Append(": ").Append(step.Outcome).Append('\n');
        }
        return text.Append(More("")).ToString().TrimEnd('\n');
    }

    /// <summary>The place of a new step, or -1 when the trail is full.</summary>
    internal int Begin(int depth, object path, object via, int parent)
    {
        if (parent >= 0) _inner.Add(parent);
        if (_steps.Count == MaxSteps)
        {
            Omitted++;
            return -1;
        }
        _steps.Add(new BindStep(depth, path.ToString()!, via.ToString()!, "not tried"));
        return _steps.Count - 1;
    }

    internal void End(int step, string outcome)
    {
        if (step >= 0) _steps[step] = _steps[step] with { Outcome = outcome };
    }

    private string More(string separator) => Omitted == 0 ? "" : $"{separator}and {Omitted} more steps";
}
