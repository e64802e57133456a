using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Mesh.Routing.Dtabs;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Dtabs;

/// <summary>
/// Finds rules that lead to a name below <c>/#</c> which no namer of the config has: it is always <c>~</c>, and a misspelt prefix shows only when
/// requests take the wrong way.
/// </summary>
internal static class NamerPrefixCheck
{
    /// <summary>A warning for each such leaf, at its place in the text; none where the text is no dtab.</summary>
    public static IEnumerable<DtabFault> Warnings(string dtab, IEnumerable<NamerConfig> namers)
    {
        if (!Dtab.TryParse(dtab, out Dtab? rules, out _)) yield break;
        ImmutableArray<Path> prefixes = [.. namers.Select(static namer => Path.Parse("/#/" + namer.Prefix))];
        string has = prefixes.IsEmpty ? "no namer" : string.Join(", ", prefixes.Distinct());
        string text = WithoutComments(dtab);
        foreach (Path leaf in rules.Dentries.SelectMany(static dentry => Leaves(dentry.Destination)).Distinct())
        {
            if (leaf.Count == 0 || leaf[0] != "#" || prefixes.Any(prefix => AgreeWith(prefix, leaf)) || IsRewritten(leaf, rules)) continue;
            int at = text.IndexOf(leaf.ToString(), StringComparison.Ordinal);
            yield return new DtabFault(Math.Max(0, at), $"no namer has the name {leaf}, so it is always ~; the config has {has}");
        }
    }

    /// <summary>One line, without the file: the line and column are those of the dtab's own text.</summary>
    public static string TextOf(string router, string dtab, DtabFault warning)
    {
        var place = new SyntaxError("", dtab, warning.Offset);
        return $"warning: router {router}: `dtab`, its line {place.Line}, column {place.Column}: {warning.What}";
    }

    private static IEnumerable<Path> Leaves(NameTree<Path> tree) => tree switch
    {
        NameTree<Path>.Leaf leaf => [leaf.Value],
        NameTree<Path>.Alt alt => alt.Trees.SelectMany(Leaves),
        NameTree<Path>.Union union => union.Branches.SelectMany(static branch => Leaves(branch.Tree)),
        _ => [],
    };

    /// <summary>As far as both go: what a request adds to a short leaf may complete the prefix.</summary>
    private static bool AgreeWith(Path prefix, Path leaf) => leaf.StartsWith(prefix) || prefix.StartsWith(leaf);

    private static bool IsRewritten(Path leaf, Dtab rules) =>
        rules.Dentries.Any(dentry => dentry.Prefix.Elements.Zip(leaf.Segments).All(static pair => pair.First is null || pair.First == pair.Second));

    /// <summary>The same places, with comments blanked: a <c>#</c> that is not part of a label starts one.</summary>
    private static string WithoutComments(string dtab)
    {
        char[] text = dtab.ToCharArray();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '#' || (i > 0 && (text[i - 1] == '/' || PathText.IsShowable(text[i - 1])))) continue;
            for (; i < text.Length && text[i] != '\n'; i++) text[i] = ' ';
        }
        return new string(text);
    }
}
