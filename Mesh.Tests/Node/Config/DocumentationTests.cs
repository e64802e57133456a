using System.Text.RegularExpressions;
using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>docs/CONFIG.md tells what the schema knows, no more and no less; the examples load.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string s_page = Path.Combine(Loading.Root, "docs", "CONFIG.md");

    [Fact]
    public void Page_HasTheTablesOfTheSchema()
    {
        string expected = ReferenceDoc.Render();
        string page = File.ReadAllText(s_page);
        int begin = page.IndexOf(ReferenceDoc.Begin, StringComparison.Ordinal) + ReferenceDoc.Begin.Length + 1;
        int end = page.IndexOf(ReferenceDoc.End, StringComparison.Ordinal) - 1;
        if (Environment.GetEnvironmentVariable("MESH_WRITE_DOCS") == "1")
        {
            page = page[..begin] + expected + page[end..];
            File.WriteAllText(s_page, page);
            end = begin + expected.Length;
        }

        string[] written = page[begin..end].Split('\n');

        Assert.Equal([], expected.Split('\n').Except(written).Select(line => $"missing in docs/CONFIG.md (MESH_WRITE_DOCS=1 writes it): {line}"));
        Assert.Equal([], written.Except(expected.Split('\n')).Select(line => $"not in the schema: {line}"));
        Assert.Equal(expected.Split('\n'), written);
    }

    [Theory]
    [InlineData("CONFIG.md")]
    [InlineData("RESILIENCE.md")]
    [InlineData("TCP.md")]
    public void Pages_ShowConfigsThatLoad(string page)
    {
        string[] parts = File.ReadAllText(Path.Combine(Loading.Root, "docs", page)).Split("```yaml\n");

        Assert.True(parts.Length > 1);
        Assert.All(parts.Skip(1), part => Loading.Config(Whole(part[..part.IndexOf("```", StringComparison.Ordinal)])));
    }

    [Theory]
    [InlineData("RESILIENCE.md")]
    [InlineData("OPERATIONS.md")]
    [InlineData("TCP.md")]
    public void Pages_NameSeriesThatMetricsTells(string page)
    {
        string docs = Path.Combine(Loading.Root, "docs");
        HashSet<string> told = [.. Series().Matches(File.ReadAllText(Path.Combine(docs, "METRICS.md"))).Select(static series => series.Value)];

        Assert.DoesNotContain(Series().Matches(File.ReadAllText(Path.Combine(docs, page))), series => !told.Contains(series.Value));
    }

    [Fact]
    public void Examples_LoadWithoutAWarning()
    {
        string[] examples = Directory.GetFiles(Path.Combine(Loading.Root, "examples"), "*.yaml");
        ConfigHooks hooks = Loading.Below(Loading.Root);

        Assert.True(examples.Length >= 10);
        Assert.All(examples, example =>
        {
            ConfigResult result = ConfigLoader.LoadFile(example, [], hooks, static () => Stream.Null);
            Assert.Empty(result.Faults);
            Assert.Empty(result.Warnings);
        });
    }

    /// <summary>A part of a router, such as <c>client:</c> and what is below it, stands in a router.</summary>
    private static string Whole(string shown) =>
        shown.Contains("routers:", StringComparison.Ordinal)
            ? shown
            : Loading.Minimal + string.Concat(shown.Split('\n').Select(static line => $"  {line}\n"));

    /// <summary>Whole names; <c>mesh_service_</c> alone is none.</summary>
    [GeneratedRegex(@"\bmesh_\w*[a-z]\b")]
    private static partial Regex Series();
}
