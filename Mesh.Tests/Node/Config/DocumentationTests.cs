using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>docs/CONFIG.md tells what the schema knows, no more and no less; the examples load.</summary>
public sealed class DocumentationTests
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
    public void Pages_ShowConfigsThatLoad(string page)
    {
        string[] parts = File.ReadAllText(Path.Combine(Loading.Root, "docs", page)).Split("```yaml\n");

        Assert.True(parts.Length > 1);
        Assert.All(parts.Skip(1), part => Loading.Config(Whole(part[..part.IndexOf("```", StringComparison.Ordinal)])));
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
}
