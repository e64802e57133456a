using System.Collections.Immutable;
using System.Globalization;
using Mesh.Actors.Membership;

namespace Mesh.Node.Demo.Fleet;

/// <summary>What one node thinks of all: a word for each, and who leads.</summary>
internal sealed record FleetView(string Name, ImmutableSortedDictionary<string, string> Words, string? Leader)
{
    /// <summary>What is thought of a node that is not in the list.</summary>
    public const string Absent = "absent";

    public const string Unreachable = "unreachable";

    /// <summary>Of a state; a node that runs again is told by its newer entry.</summary>
    public static FleetView Of(string name, ClusterState state)
    {
        var words = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (Member member in state.Members.OrderBy(static member => member.Status < MemberStatus.Down))
            words[member.Name] = state.IsReachable(member.UniqueAddress) ? member.Status.ToString().ToLowerInvariant() : Unreachable;
        string? leader = state.Leader is { } who ? state.Find(who)?.Name : null;
        return new FleetView(name, words.ToImmutable(), leader);
    }

    public string WordOf(string node) => Words.GetValueOrDefault(node, Absent);
}

/// <summary>Turns views that follow each other into lines: one when the first node thinks something else, one when all that run agree.</summary>
/// <remarks>Pure but for what it remembers of the views before.</remarks>
internal sealed class FleetWatch(FleetPlan plan)
{
    private readonly Dictionary<string, string> _agreed = plan.Members.ToDictionary(static member => member.Name, static _ => FleetView.Absent);
    private readonly HashSet<(string Node, string Word)> _said = [];
    private string? _leader;

    /// <summary>What all running nodes think of a node, as of the last look at which they agreed.</summary>
    public string AgreedOn(string node) => _agreed[node];

    /// <summary>The leader that all name.</summary>
    public string? Leader => _leader;

    /// <param name="at">Since the start.</param>
    /// <param name="views">Of the nodes that run.</param>
    public IReadOnlyList<string> Look(TimeSpan at, IReadOnlyList<FleetView> views)
    {
        List<string> lines = [];
        if (views.Count == 0) return lines;
        foreach (FleetMember member in plan.Members) Look(at, member.Name, views, lines);
        string?[] leaders = [.. views.Select(static view => view.Leader).Distinct()];
        if (leaders is [{ } leader] && leader != _leader)
        {
            _leader = leader;
            lines.Add(Line(at, $"{leader} leads, say all {views.Count}"));
        }

        return lines;
    }

    public static string Line(TimeSpan at, string what) => string.Create(CultureInfo.InvariantCulture, $"{at.TotalSeconds,6:0.0} s  {what}");

    private void Look(TimeSpan at, string node, IReadOnlyList<FleetView> views, List<string> lines)
    {
        string before = _agreed[node];
        foreach (FleetView view in views)
        {
            string word = view.WordOf(node);
            if (word == FleetView.Unreachable && word != before && _said.Add((node, word)))
                lines.Add(Line(at, $"{view.Name} finds {node} unreachable"));
        }

        string first = views[0].WordOf(node);
        if (first == before || views.Any(view => view.WordOf(node) != first)) return;
        _agreed[node] = first;
        _said.RemoveWhere(said => said.Node == node);
        if (Told(first) is { } told) lines.Add(Line(at, $"{node} {told}, say all {views.Count}"));
    }

    /// <summary>Null for steps on the way.</summary>
    private static string? Told(string word) => word switch
    {
        "up" => "is up",
        FleetView.Unreachable => "is unreachable",
        "down" => "is down",
        FleetView.Absent => "is removed",
        _ => null,
    };
}
