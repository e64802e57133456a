using System.Collections.Immutable;
using System.Text.Json;

namespace Mesh.Node.AdminConsole;

/// <summary>What the client was told of a command.</summary>
internal sealed record KnownCommand(string Words, string Usage, string Summary, bool Mutates)
{
    /// <summary>A line that shows its use; of a node that tells none, its usage.</summary>
    public string Example { get; init; } = Usage;

    public ImmutableArray<KnownOption> Arguments { get; init; } = [];

    public ImmutableArray<KnownOption> Options { get; init; } = [];

    public string Palette => Words.Split(' ')[0];

    /// <summary>The command with the longest name that the words begin with; null where none has.</summary>
    public static KnownCommand? Find(IReadOnlyList<KnownCommand> commands, IReadOnlyList<string> words) =>
        commands.Where(each => StartsWith(words, each.Words)).MaxBy(static each => each.Words.Length);

    /// <summary>A command as the node's list has it; what an older node does not tell is left out.</summary>
    public static KnownCommand Read(JsonElement json) => new(
        json.GetProperty("words").GetString()!,
        json.GetProperty("usage").GetString()!,
        json.GetProperty("summary").GetString()!,
        json.GetProperty("mutates").GetBoolean())
    {
        Example = Text(json, "example") ?? json.GetProperty("usage").GetString()!,
        Arguments = ListOf(json, "arguments"),
        Options = ListOf(json, "options"),
    };

    public static bool StartsWith(IReadOnlyList<string> words, string name) => words.Take(name.Split(' ').Length).SequenceEqual(name.Split(' '));

    private static ImmutableArray<KnownOption> ListOf(JsonElement json, string list) => json.TryGetProperty(list, out JsonElement all)
        ? [.. all.EnumerateArray().Select(static each => new KnownOption(
            each.GetProperty("name").GetString()!, Text(each, "value"), Text(each, "doc") ?? "", Text(each, "values"), Text(each, "file_of")))]
        : [];

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}

/// <summary>What the client was told of an option, or of a word without a dash.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Value">What the help calls its value; null for a switch.</param>
/// <param name="Doc">One line.</param>
/// <param name="Values">Of which kind its values are, for completion; null where nobody knows.</param>
/// <param name="FileOf">Its value is a file, whose text is given as that option.</param>
internal sealed record KnownOption(string Name, string? Value, string Doc, string? Values, string? FileOf);
