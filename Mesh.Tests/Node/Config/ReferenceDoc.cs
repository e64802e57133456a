using System.Text;
using Mesh.Node.Config.Keys;
using Mesh.Node.Config.Schema;

namespace Mesh.Tests.Node.Config;

/// <summary>The tables of docs/CONFIG.md as the schema has them.</summary>
internal static class ReferenceDoc
{
    public const string Begin = "<!-- keys: begin -->";
    public const string End = "<!-- keys: end -->";

    public static string Render()
    {
        var text = new StringBuilder();
        Render("", RootKeys.Section, text, []);
        return text.ToString();
    }

    /// <summary>A section that stands at two places is told at the first; a key whose sections were all told only names that place.</summary>
    private static void Render(string path, Section section, StringBuilder text, Dictionary<Section, string> told)
    {
        if (!told.TryAdd(section, path)) return;
        string title = path.Length == 0 ? "Top level" : $"`{path}`";
        text.Append($"\n### {title}\n\n{section.Doc}\n\n");
        if (section.Keys.IsEmpty) text.Append("It has no keys of its own.\n");
        else text.Append("| key | value | default | unit | range | what it is |\n| --- | --- | --- | --- | --- | --- |\n");
        foreach (Key key in section.Keys) text.Append(Row(key));
        foreach (Key key in section.Keys)
        {
            if (key.Kinds is { } kinds) text.Append(KindLine(key, kinds));
        }

        HashSet<Key> known = [.. section.Keys.Where(key => ToldAt(key, told) is not null)];
        foreach (Key key in known) text.Append($"\nWhat `{key.Name}` holds: as at `{ToldAt(key, told)}`.\n");
        foreach (Key key in section.Keys.Where(key => !known.Contains(key)))
        {
            string place = $"{path}{(path.Length == 0 ? "" : ".")}{key.Name}";
            if (ToldAt(key, told) is { } sibling) text.Append($"\n### `{place}`\n\nAs `{sibling}`.\n");
            foreach (Below below in key.Below) Render(place + below.Suffix, below.Section, text, told);
        }
    }

    /// <summary>Where all that a key may hold was told already; null where some of it was not, or where it holds no section.</summary>
    private static string? ToldAt(Key key, Dictionary<Section, string> told)
    {
        Below[] below = [.. key.Below];
        return below.Length > 0 && below.All(each => told.ContainsKey(each.Section)) ? told[below[0].Section][..^below[0].Suffix.Length] : null;
    }

    private static string Row(Key key)
    {
        KeyShape shape = key.Shape;
        string whenAbsent = key.Required ? "**required**" : shape.Default.Length == 0 ? "" : Escaped(shape.Default);
        string doc = key.Support switch
        {
            Support.NotSupported => $"*not supported* ({key.Doc.TrimEnd('.')})",
            Support.Inert => $"*no effect, warns* ({key.Doc.TrimEnd('.')})",
            _ => key.Doc,
        };
        return $"| `{key.Name}` | {shape.Type} | {whenAbsent} | {shape.Unit} | {Escaped(shape.Range)} | {Escaped(doc)} |\n";
    }

    private static string KindLine(Key key, KindTable kinds)
    {
        string Names(Support support) => string.Join(", ", kinds.Rows.Where(kind => kind.Support == support).Select(kind => $"`{kind.Name}`"));
        string line = $"\n`{key.Name}` by `{kinds.Selector}`";
        if (Names(Support.Supported) is { Length: > 0 } supported) line += $"; supported: {supported}";
        if (Names(Support.NotSupported) is { Length: > 0 } refused) line += $"; not supported: {refused}";
        if (Names(Support.Inert) is { Length: > 0 } inert) line += $"; without effect, with a warning: {inert}";
        return line + ".\n";
    }

    private static string Escaped(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
