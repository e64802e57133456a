namespace Mesh.Tests.Tidy;

/// <summary>Exceptions from the length rules in ratchet.txt, each with its number and reason; they may shrink, never grow.</summary>
/// <remarks>A line reads <c>rule | subject | at most | reason</c>; the subject is a path, or with a member: <c>Mesh.Wire/X.cs#Method</c>.</remarks>
internal static class Ratchet
{
    private const string Page = "Mesh.Tests/Tidy/ratchet.txt";

    private static readonly IReadOnlyList<Entry> Entries =
        [.. RepositoryFiles.Read(Page).Lines.Where(line => line.Length > 0 && line[0] != '#').Select(Parse)];

    /// <summary>Complaints: every subject above the limit that is not excused up to its size, and every excuse that is no longer needed.</summary>
    public static IEnumerable<string> Judge(string rule, int limit, IEnumerable<(string Subject, int Size)> measured)
    {
        Dictionary<string, int> excused = Entries.Where(entry => entry.Rule == rule).ToDictionary(entry => entry.Subject, entry => entry.AtMost);
        foreach ((string subject, int size) in measured.Where(each => each.Size > limit))
        {
            if (!excused.Remove(subject, out int atMost))
            {
                yield return $"{subject}: {size}, the limit is {limit}";
            }
            else if (size > atMost)
            {
                yield return $"{subject}: {size}, {Page} excuses {atMost}";
            }
        }

        foreach (string subject in excused.Keys)
        {
            yield return $"{subject}: within the limit of {limit} or gone; take its line out of {Page}";
        }
    }

    private static Entry Parse(string line)
    {
        string[] parts = line.Split('|', StringSplitOptions.TrimEntries);
        return parts.Length == 4 && parts[3].Length > 10 && int.TryParse(parts[2], out int atMost)
            ? new Entry(parts[0], parts[1], atMost)
            : throw new FormatException($"{Page}: want `rule | subject | at most | reason`, got: {line}");
    }

    private sealed record Entry(string Rule, string Subject, int AtMost);
}
