using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Mesh.Node.Dtabs;

/// <summary>A delegation tree in Linkerd 1's JSON, for people: a line for each node, and below them what a request gets.</summary>
/// <remarks>Pure. What a request gets is told by the rules of binding: the first alternative that is not <c>~</c> and has an address.</remarks>
internal static class DelegationText
{
    private const int MaxAddresses = 8;
    private const int MaxMargin = 12;

    /// <exception cref="KeyNotFoundException">It is no such tree, as are FormatException and InvalidOperationException.</exception>
    public static (string Text, bool IsBound) Of(JsonElement tree)
    {
        StringBuilder text = new();
        Append(text, tree, 0, "");
        Verdict verdict = Judge(tree);
        bool isBound = verdict.Standing is Standing.Serves or Standing.Empty;
        text.Append('\n').Append(isBound ? "bound: " : verdict.Standing == Standing.Failed ? "does not bind: " : "binds to nothing: ");
        text.Append(verdict.Text).Append('\n');
        return (text.ToString(), isBound);
    }

    private static void Append(StringBuilder text, JsonElement node, int depth, string share)
    {
        text.Append(' ', 2 * Math.Min(depth, MaxMargin)).Append(share);
        if (node.TryGetProperty("dentry", out JsonElement dentry) && dentry.ValueKind == JsonValueKind.Object)
            text.Append(dentry.GetProperty("prefix").GetString()).Append(" => ").Append(dentry.GetProperty("dst").GetString()).Append(": ");
        text.Append(node.TryGetProperty("path", out JsonElement path) ? path.GetString() : "");
        string? says = Says(node);
        text.Append(says is null ? "\n" : $": {says}\n");
        switch (TypeOf(node))
        {
            case "delegate":
                Append(text, node.GetProperty("delegate"), depth + 1, "");
                break;
            case "transformation":
                Append(text, node.GetProperty("tree"), depth + 1, "");
                break;
            case "alt":
                foreach (JsonElement each in node.GetProperty("alt").EnumerateArray()) Append(text, each, depth + 1, "");
                break;
            case "union":
                foreach (JsonElement each in node.GetProperty("union").EnumerateArray())
                    Append(text, each.GetProperty("tree"), depth + 1, Share(each));
                break;
        }
    }

    private static string? Says(JsonElement node) => TypeOf(node) switch
    {
        "neg" => "~",
        "fail" => "!",
        "empty" => "$",
        "exception" => "failed: " + node.GetProperty("message").GetString(),
        "leaf" => Addresses(node.GetProperty("bound").GetProperty("addr")).Text,
        "transformation" => $"transformed by {(node.TryGetProperty("name", out JsonElement name) ? name.GetString() : "the interpreter")}",
        _ => null,
    };

    private static Verdict Judge(JsonElement node) => TypeOf(node) switch
    {
        "leaf" => Leaf(node.GetProperty("bound")),
        "delegate" => Judge(node.GetProperty("delegate")),
        "transformation" => Judge(node.GetProperty("tree")),
        "alt" => First([.. node.GetProperty("alt").EnumerateArray().Select(Judge)]),
        "union" => Shares(node.GetProperty("union")),
        "fail" => new Verdict(Standing.Stops, "!"),
        "empty" => new Verdict(Standing.Stops, "$"),
        "exception" => new Verdict(Standing.Failed, node.GetProperty("message").GetString() ?? ""),
        "neg" => new Verdict(Standing.Neg, "~"),
        var other => throw new FormatException($"a node of type `{other}`"),
    };

    private static Verdict Leaf(JsonElement bound)
    {
        string rest = bound.TryGetProperty("path", out JsonElement path) && path.GetString() is { } residual and not "/" ? $"[{residual}]" : "";
        (string text, Standing standing) = Addresses(bound.GetProperty("addr"));
        return new Verdict(standing, standing == Standing.Failed ? text : bound.GetProperty("id").GetString() + rest);
    }

    private static (string Text, Standing Standing) Addresses(JsonElement addr)
    {
        switch (addr.GetProperty("type").GetString())
        {
            case "bound":
                string[] all = [.. addr.GetProperty("addrs").EnumerateArray()
                    .Select(static each => $"{each.GetProperty("ip").GetString()}:{each.GetProperty("port").GetInt32()}")];
                string more = all.Length > MaxAddresses ? $" and {all.Length - MaxAddresses} more" : "";
                return all.Length == 0
                    ? ("no address", Standing.Empty)
                    : ($"bound, {string.Join(", ", all.Take(MaxAddresses))}{more}", Standing.Serves);
            case "neg":
                return ("no address", Standing.Empty);
            case "failed":
                string cause = addr.TryGetProperty("cause", out JsonElement why) ? why.GetString() ?? "" : "";
                return ($"failed: {cause}", Standing.Failed);
            default:
                return ("not known yet", Standing.Failed);
        }
    }

    /// <summary>Left to right: what is <c>~</c> or has no address falls through, and the last without address stands when nothing serves.</summary>
    private static Verdict First(ImmutableArray<Verdict> alternatives)
    {
        Verdict best = new(Standing.Neg, "~");
        foreach (Verdict each in alternatives)
        {
            if (each.Standing is not (Standing.Neg or Standing.Empty)) return each;
            if (each.Standing == Standing.Empty) best = each;
        }

        return best;
    }

    private static Verdict Shares(JsonElement union)
    {
        (string Share, Verdict Verdict)[] all =
            [.. union.EnumerateArray().Select(static each => (Share(each), Judge(each.GetProperty("tree"))))];
        foreach (Standing standing in (Standing[])[Standing.Serves, Standing.Empty])
        {
            string[] kept = [.. all.Where(each => each.Verdict.Standing == standing).Select(static each => each.Share + each.Verdict.Text)];
            if (kept.Length > 0) return new Verdict(standing, string.Join(" & ", kept));
        }

        Verdict? failed = all.Select(static each => each.Verdict).FirstOrDefault(static each => each.Standing == Standing.Failed);
        return failed ?? new Verdict(Standing.Neg, "~");
    }

    private static string Share(JsonElement branch) =>
        branch.GetProperty("weight").GetDouble().ToString("0.00##", CultureInfo.InvariantCulture) + "*";

    private static string? TypeOf(JsonElement node) => node.GetProperty("type").GetString();

    private enum Standing
    {
        Serves,
        Empty,
        Neg,
        Stops,
        Failed,
    }

    private sealed record Verdict(Standing Standing, string Text);
}
