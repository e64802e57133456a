using System.Globalization;

namespace Mesh.Bench;

/// <summary>Options of a sub-command: pairs of <c>--name value</c>.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> _values = [];

    /// <summary>Folder for result pages, relative to the repository.</summary>
    public string Out => Text("out", "bench/results");

    /// <summary>Reads pairs; anything else is an error.</summary>
    public static Options Parse(string[] args)
    {
        Options options = new();
        for (int at = 0; at < args.Length; at += 2)
        {
            if (!args[at].StartsWith("--", StringComparison.Ordinal) || at + 1 == args.Length)
            {
                throw new BenchException($"want --name value, got: {string.Join(' ', args[at..])}");
            }

            options._values[args[at][2..]] = args[at + 1];
        }

        return options;
    }

    public string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);

    public int Number(string name, int otherwise) =>
        _values.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public int[] Numbers(string name, string otherwise) =>
        [.. Text(name, otherwise).Split(',').Select(each => int.Parse(each, CultureInfo.InvariantCulture))];

    public string[] Names(string name, string otherwise) => Text(name, otherwise).Split(',');
}
