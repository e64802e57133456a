using System.Collections.Immutable;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Schema;

/// <summary>What an operator may have meant by a name that nobody knows.</summary>
internal static class Suggestions
{
    /// <summary>Longest name that is compared: distances cost its length squared.</summary>
    private const int MaxCompared = 64;

    /// <summary>How many levels below a section a misplaced key is looked for.</summary>
    private const int MaxLevelsBelow = 3;

    /// <summary>Reports an unknown key with the nearest one that is legal, or with the place where it would be.</summary>
    public static void Unknown(Section section, YamlEntry entry, string? selector, CheckContext context)
    {
        if (context.Faults.IsFull)
        {
            context.Faults.Fault(entry.KeyAt, "unknown key");
            return;
        }

        string? nearest = Nearest(entry.Key, section.Keys);
        string? elsewhere = nearest is null ? Place(section, entry.Key, MaxLevelsBelow) : null;
        string meant = nearest is not null ? $"did you mean `{nearest}`? " : elsewhere is not null ? $"it belongs under `{elsewhere}`; " : "";
        context.Faults.Fault(entry.KeyAt,
            $"unknown key {Quoting.Quote(entry.Key)} in {section.Name}; {meant}legal here: {List(section.Keys, selector)}");
    }

    /// <summary>The legal keys in the order of the schema, those that Mesh refuses or ignores left out.</summary>
    public static string List(ImmutableArray<Key> keys, string? selector)
    {
        var names = new List<string>(keys.Length + 1);
        if (selector is not null) names.Add(selector);
        foreach (Key key in keys)
            if (key.Support == Support.Supported) names.Add(key.Name);
        return string.Join(", ", names);
    }

    /// <summary><c>did you mean `x`? </c> for a kind, or nothing.</summary>
    public static string DidYouMean(string name, ImmutableArray<Kind> kinds)
    {
        var names = new List<string>(kinds.Length);
        foreach (Kind kind in kinds) names.Add(kind.Name);
        return Nearest(name, names) is { } nearest ? $"did you mean `{nearest}`? " : "";
    }

    /// <summary>The nearest of some names: the same but for case, else few edits away for its length; null where none is near.</summary>
    public static string? Nearest(string name, IEnumerable<string> candidates)
    {
        if (name.Length is 0 or > MaxCompared) return null;
        string? nearest = null;
        int least = Math.Max(1, name.Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            int distance = string.Equals(name, candidate, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(name, candidate);
            if (distance >= least) continue;
            least = distance;
            nearest = candidate;
        }

        return nearest;
    }

    /// <summary>Edits between two names: insert, delete, replace, swap neighbours (Damerau 1964, optimal string alignment).</summary>
    public static int Distance(string left, string right)
    {
        int[] beforeLast = new int[right.Length + 1], last = new int[right.Length + 1], row = new int[right.Length + 1];
        for (int j = 0; j <= right.Length; j++) last[j] = j;
        for (int i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replace = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                row[j] = Math.Min(replace, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }

            (beforeLast, last, row) = (last, row, beforeLast);
        }

        return last[right.Length];
    }

    private static string? Nearest(string name, ImmutableArray<Key> keys)
    {
        var names = new List<string>(keys.Length);
        foreach (Key key in keys) names.Add(key.Name);
        return Nearest(name, names);
    }

    private static string? Place(Section section, string name, int levels)
    {
        foreach (Key key in section.Keys)
        {
            foreach (Below below in key.Below)
            {
                if (below.Section.Find(name) is { Support: Support.Supported }) return key.Name;
                if (levels > 1 && Place(below.Section, name, levels - 1) is { } deeper) return $"{key.Name}.{deeper}";
            }
        }

        return null;
    }
}
