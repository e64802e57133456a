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

    /// <summary>
    /// Reports an unknown key with what was meant: the place below where it would be, the kinds of the same table that have it, the nearest key
    /// that is legal, or the place beside.
    /// </summary>
    public static void Unknown(Section section, YamlEntry entry, KindTable? table, CheckContext context)
    {
        if (context.Faults.IsFull)
        {
            context.Faults.Fault(entry.KeyAt, "unknown key");
            return;
        }

        string? nearest = Nearest(entry.Key, section.Keys);
        string? below = nearest is null ? Place(section.Keys, entry.Key) : null;
        string meant = (below, Holders(table, entry.Key), nearest) switch
        {
            (not null, _, _) => $"it belongs under `{below}`; ",
            (_, not null and var kinds, _) => $"{kinds}; ",
            (_, _, not null) => $"did you mean `{nearest}`? ",
            _ => section.Beside is { } beside && Place(beside(), entry.Key) is { } place ? $"it belongs under `{place}`; " : "",
        };
        context.Faults.Fault(entry.KeyAt,
            $"unknown key {Quoting.Quote(entry.Key)} in {section.Name}; {meant}legal here: {List(section.Keys, table?.Selector)}");
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

    /// <summary><c>did you mean `x`? </c> for a kind, or nothing. Names are compared as written, then without <c>io.l5d.</c>.</summary>
    public static string DidYouMean(string name, ImmutableArray<Kind> kinds)
    {
        string? nearest = Nearest(name, kinds.Select(static kind => kind.Name));
        if (nearest is null && Nearest(Kind.Bare(name), kinds.Select(static kind => Kind.Bare(kind.Name))) is { } bare)
            nearest = kinds.First(kind => Kind.Bare(kind.Name) == bare).Name;
        return nearest is null ? "" : $"did you mean `{nearest}`? ";
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

    /// <summary>The place nearest to the top below these keys where a key is legal: <c>servers.socketOptions</c>.</summary>
    private static string? Place(ImmutableArray<Key> keys, string name)
    {
        for (int level = 1; level <= MaxLevelsBelow; level++)
            if (PlaceAt(keys, name, level) is { } place) return place;
        return null;
    }

    private static string? PlaceAt(ImmutableArray<Key> keys, string name, int level)
    {
        foreach (Key key in keys)
        {
            foreach (Below below in key.Below)
            {
                if (level > 1 && PlaceAt(below.Section.Keys, name, level - 1) is { } deeper) return $"{key.Name}.{deeper}";
                if (level == 1 && below.Section.Find(name) is { Support: Support.Supported }) return key.Name;
            }
        }

        return null;
    }

    /// <summary><c>kind `ewma` has it</c>: the kinds of a table in which a key is legal; null where none is.</summary>
    private static string? Holders(KindTable? table, string name)
    {
        if (table is null) return null;
        var names = new List<string>();
        foreach (Kind kind in table.Rows)
            if (kind.Section?.Find(name) is { Support: Support.Supported }) names.Add($"`{kind.Name}`");
        return names.Count == 0 ? null
            : names.Count == 1 ? $"{table.Selector} {names[0]} has it" : $"{table.Selector}s {string.Join(", ", names)} have it";
    }
}
