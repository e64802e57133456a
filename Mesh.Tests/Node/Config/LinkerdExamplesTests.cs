using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>docs/MIGRATING.md says of each of Linkerd's examples whether it loads, or what is not supported and where; the originals agree.</summary>
public sealed class LinkerdExamplesTests
{
    private const int Examples = 39;
    private static readonly string s_page = Path.Combine(Loading.Root, "docs", "MIGRATING.md");

    [Fact]
    public void Page_HasARowForEachExample()
    {
        Assert.Equal(Examples, Rows().Count);
        Assert.All(Rows(), row => Assert.True(row.Outcome == "loads" || row.Outcome.Contains(':', StringComparison.Ordinal), row.File));
    }

    [LinkerdExamplesFact]
    public void Originals_DoWhatThePageSays()
    {
        string[] files = Directory.GetFiles(LinkerdExamples.Folder, "*.yaml");
        Array.Sort(files, StringComparer.Ordinal);

        Assert.Equal(Rows(), files.Select(file => (Path.GetFileName(file), OutcomeOf(file))));
    }

    /// <summary>
    /// <c>loads</c>, or each fault as <c>line:column what</c>. Every fault must say that something is not supported, or that a file of certificates
    /// is not there: those of the examples are nobody's.
    /// </summary>
    private static string OutcomeOf(string file)
    {
        ConfigResult result = ConfigLoader.LoadFile(file, [], Loading.Below(LinkerdExamples.WorkingDirectory), static () => Stream.Null);
        Assert.All(result.Faults, static fault => Assert.True(Said(fault.What) > 0, fault.What));
        IEnumerable<string> refused = result.Faults.Select(static fault =>
            $"{fault.At.Short} {fault.What[..Said(fault.What)]}");
        return result.Faults.Count == 0 ? "loads" : string.Join(", ", refused);
    }

    private static int Said(string fault) => Math.Max(
        fault.IndexOf(" is not supported", StringComparison.Ordinal), fault.IndexOf(" names `/foo/", StringComparison.Ordinal));

    private static List<(string File, string Outcome)> Rows() =>
    [
        .. File.ReadLines(s_page)
            .Where(static line => line.StartsWith("| ", StringComparison.Ordinal) && line.Contains(".yaml |", StringComparison.Ordinal))
            .Select(static line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(static cells => (cells[1], cells[2])),
    ];
}
