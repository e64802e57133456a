using System.Globalization;

namespace Mesh.Bench;

/// <summary>Options of a sub-command: pairs of <c>--name value</c>, and flags <c>--name</c>.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> _values = [];

    /// <summary>Folder for result pages, relative to the repository.</summary>
    public string Out => Text("out", "bench/results");

    /// <summary>Reads pairs, and names alone, which are flags; anything else is an error.</summary>
    public static Options Parse(string[] args)
    {
        Options options = new();
        for (int at = 0; at < args.Length; at++)
        {
            if (!IsName(args[at]))
            {
                throw new BenchException($"want --name value, got: {string.Join(' ', args[at..])}");
            }

            bool isFlag = at + 1 == args.Length || IsName(args[at + 1]);
            options._values[args[at][2..]] = isFlag ? "" : args[at + 1];
            at += isFlag ? 0 : 1;
        }

        return options;
    }

    /// <summary>Whether the name was said, with or without a value.</summary>
    public bool Has(string name) => _values.ContainsKey(name);

    public string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);

    public int Number(string name, int otherwise) =>
        _values.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public int[] Numbers(string name, string otherwise) =>
        [.. Text(name, otherwise).Split(',').Select(each => int.Parse(each, CultureInfo.InvariantCulture))];

    public string[] Names(string name, string otherwise) => Text(name, otherwise).Split(',');

    private static bool IsName(string text) => text.StartsWith("--", StringComparison.Ordinal);
}
