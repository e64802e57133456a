using System.Text.RegularExpressions;
using Xunit;

namespace Mesh.Tests.Tidy;

/// <summary>docs/LIMITS.md and the code speak of the same limits: each once, with default, unit, place and reason.</summary>
public sealed partial class LimitTests
{
    private const string Page = "docs/LIMITS.md";
    private const int Columns = 5;

    [Fact]
    public void Table_HasEveryColumnFilledAndNoNameTwice()
    {
        List<string[]> rows = Rows();

        IEnumerable<string> incomplete = rows.Where(row => row.Length != Columns || row.Any(cell => cell.Length == 0))
            .Select(row => $"want {Columns} filled columns: {string.Join(" | ", row)}");
        IEnumerable<string> twice = rows.GroupBy(row => row[0]).Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {group.Count()} rows");
        Complaints.None([.. incomplete, .. twice]);
    }

    [Fact]
    public void Places_Exist()
    {
        IEnumerable<string> wrong = Rows().Where(row => row.Length == Columns).SelectMany(row => Places(row)
            .Where(place => place.LastIndexOf('.') is var split && (split < 0 || !MeshTypes.HasMember(OwnName(place[..split]), place[(split + 1)..])))
            .Select(place => $"{row[0]}: no {place}"));

        Complaints.None(wrong);
    }

    [Fact]
    public void EveryConstantThatReadsLikeALimit_IsInTheTable()
    {
        HashSet<string> told = [.. Rows().Where(row => row.Length == Columns).SelectMany(Places)];

        IEnumerable<string> missing = MeshTypes.Constants
            .Where(each => LimitName().IsMatch(each.Field.Name) && each.Field.Name != "MaxValue")
            .Select(each => $"{MeshTypes.PlainName(each.Type)}.{each.Field.Name}")
            .Where(name => !told.Contains(name));

        Complaints.None(missing);
    }

    private static string OwnName(string type) => type[(type.LastIndexOf('.') + 1)..];

    /// <summary>The code names in the fourth column: <c>Type.Member</c>, in backticks.</summary>
    private static IEnumerable<string> Places(string[] row) => Code().Matches(row[3]).Select(match => match.Groups[1].Value);

    private static List<string[]> Rows() =>
    [
        .. RepositoryFiles.Read(Page).Lines
            .Where(line => line.StartsWith('|'))
            .SkipWhile(line => !line.StartsWith("| ---", StringComparison.Ordinal)).Skip(1)
            .Where(line => !line.StartsWith("| ---", StringComparison.Ordinal) && !line.StartsWith("| name |", StringComparison.Ordinal))
            .Select(line => line.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries)),
    ];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^_?(Default)?(Max|max)[A-Z]|(Limit|Capacity)$")]
    private static partial Regex LimitName();
}
