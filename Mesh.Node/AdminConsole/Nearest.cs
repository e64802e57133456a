namespace Mesh.Node.AdminConsole;

/// <summary>The known word that somebody most likely meant. Pure.</summary>
/// <remarks>Edits are counted as in optimal string alignment: a letter more, less, other, or two swapped.</remarks>
internal static class Nearest
{
    /// <summary>Longer texts are nobody's slip of the finger, characters.</summary>
    private const int MaxChars = 256;

    /// <summary>
    /// Null when nothing is near: as many words, and each has at most a third of its letters wrong, or one. Of equals the first.
    /// </summary>
    public static string? To(string given, IEnumerable<string> known)
    {
        if (given.Length is 0 or > MaxChars) return null;
        string[] words = given.Split(' ');
        string? best = null;
        int least = int.MaxValue;
        foreach (string each in known)
        {
            string[] others = each.Split(' ');
            if (others.Length != words.Length || !words.Zip(others).All(static pair => AreNear(pair.First, pair.Second))) continue;
            int edits = words.Zip(others).Sum(static pair => Edits(pair.First, pair.Second));
            if (edits < least) (best, least) = (each, edits);
        }

        return best;
    }

    /// <summary>How many edits make one of the other.</summary>
    public static int Edits(string one, string other)
    {
        int[] beforeLast = new int[other.Length + 1];
        int[] last = [.. Enumerable.Range(0, other.Length + 1)];
        for (int i = 1; i <= one.Length; i++)
        {
            int[] row = new int[other.Length + 1];
            row[0] = i;
            for (int j = 1; j <= other.Length; j++)
            {
                int change = one[i - 1] == other[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + change);
                bool swapped = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
                if (swapped) row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }

            (beforeLast, last) = (last, row);
        }

        return last[other.Length];
    }

    private static bool AreNear(string given, string known)
    {
        int most = Math.Max(1, given.Length / 3);
        return Math.Abs(given.Length - known.Length) <= most && Edits(given, known) <= most;
    }
}
