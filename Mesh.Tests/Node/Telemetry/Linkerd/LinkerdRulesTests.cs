using System.Reflection;
using Mesh.Node.Telemetry;
using Mesh.Node.Telemetry.Linkerd;
using Mesh.Routing.Telemetry;
using Mesh.Tests.Tidy;
using Xunit;

namespace Mesh.Tests.Node.Telemetry.Linkerd;

public sealed class LinkerdRulesTests
{
    private static readonly Type[] s_rooms = [typeof(RoutingMetricNames), typeof(NodeMetricNames), typeof(DataPlaneMetricNames)];

    [Fact]
    public void EveryPlace_IsDocumentedOnceWithItsFamily()
    {
        IEnumerable<string> documented = RepositoryFiles.Read("docs/METRICS.md").Lines
            .Where(line => line.StartsWith("| rt", StringComparison.Ordinal) || line.StartsWith("| jvm", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => $"{cells[1]} | {cells[2]} | {cells[3].Trim('`')}");

        IEnumerable<string> inCode = LinkerdRules.All
            .Select(rule => $"{rule.Path} | {rule.Kind.ToString().ToLowerInvariant()} | {rule.Family}{Filter(rule)}");

        Assert.Equal(inCode.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));

        static string Filter(LinkerdRule rule) =>
            rule.Label is null ? "" : $"{{{rule.Label}={rule.Values.Replace("|", " or ", StringComparison.Ordinal)}}}";
    }

    [Fact]
    public void EveryFamily_IsOneOfOurs()
    {
        IEnumerable<FieldInfo> fields = s_rooms.SelectMany(room => room.GetFields(BindingFlags.Public | BindingFlags.Static));
        HashSet<string> names = [.. fields.Select(field => (string)field.GetRawConstantValue()!)];

        Assert.All(LinkerdRules.All, rule => Assert.Contains(rule.Family, names));
    }
}
