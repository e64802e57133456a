using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Mesh.Node.Telemetry;
using Mesh.Routing.Telemetry;
using Mesh.Tests.Tidy;
using Xunit;

namespace Mesh.Tests.Node.Telemetry;

/// <summary>The dashboard in deploy/ asks for what the code has.</summary>
public sealed partial class DashboardTests
{
    private const string Dashboard = "deploy/grafana/dashboards/mesh.json";

    /// <summary>Labels that Prometheus adds.</summary>
    private static readonly FrozenSet<string> s_added = ["instance", "job", "le"];

    private static readonly FrozenDictionary<string, FrozenSet<string>> s_documented = RepositoryFiles.Read("docs/METRICS.md").Lines
        .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .ToFrozenDictionary(cells => cells[1].Trim('`'), cells => cells[3].Split(", ").ToFrozenSet());

    [Fact]
    public void EveryMetric_ExistsInTheCode()
    {
        Type[] rooms = [typeof(RoutingMetricNames), typeof(NodeMetricNames), typeof(DataPlaneMetricNames)];
        IEnumerable<FieldInfo> fields = rooms.SelectMany(room => room.GetFields(BindingFlags.Public | BindingFlags.Static));
        HashSet<string> names = [.. fields.Select(field => (string)field.GetRawConstantValue()!)];

        string[] asked = [.. Queries().SelectMany(Names)];

        Assert.NotEmpty(asked);
        Complaints.None(asked.Where(name => !names.Contains(name)).Distinct());
    }

    [Fact]
    public void EveryLabel_IsOneOfItsMetrics()
    {
        IEnumerable<string> wrong =
            from query in Queries()
            let known = Names(query).SelectMany(name => s_documented[name]).Concat(s_added).ToHashSet()
            from label in Selected().Matches(query).Select(match => match.Groups[1].Value)
                .Concat(Grouped().Matches(query).SelectMany(match => match.Groups[1].Value.Split(", ")))
            where !known.Contains(label)
            select $"{label} in {query}";

        Complaints.None(wrong);
    }

    [Fact]
    public void EveryPanel_HasItsOwnNumberAndPlace()
    {
        JsonElement[] panels = [.. Json().GetProperty("panels").EnumerateArray()];

        Assert.Equal(panels.Length, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.Equal(panels.Length, panels.Select(panel => panel.GetProperty("gridPos").ToString()).Distinct().Count());
    }

    private static JsonElement Json() => JsonDocument.Parse(RepositoryFiles.Read(Dashboard).Text).RootElement;

    private static IEnumerable<string> Queries()
    {
        JsonElement root = Json();
        IEnumerable<string> panels = root.GetProperty("panels").EnumerateArray()
            .Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!);
        IEnumerable<string> variables = root.GetProperty("templating").GetProperty("list").EnumerateArray()
            .Where(variable => variable.GetProperty("type").GetString() == "query")
            .Select(variable => variable.GetProperty("query").GetProperty("query").GetString()!);
        return [.. panels, .. variables];
    }

    private static IEnumerable<string> Names(string query) => Metric().Matches(query).Select(match => match.Groups[1].Value);

    [GeneratedRegex("((?:mesh|process)_[a-z_]+?)(?:_bucket|_sum|_count)?(?![a-z_])")]
    private static partial Regex Metric();

    [GeneratedRegex("[{,]([a-z_]+)(?:=|!=)")]
    private static partial Regex Selected();

    [GeneratedRegex(@"by \(([a-z_, ]+)\)")]
    private static partial Regex Grouped();
}
