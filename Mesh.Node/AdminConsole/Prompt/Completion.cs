using System.Collections.Immutable;

namespace Mesh.Node.AdminConsole.Prompt;

/// <summary>What may stand at the cursor of a line.</summary>
/// <param name="Start">Where the word begins that is being typed.</param>
/// <param name="Prefix">What of it is there.</param>
/// <param name="Words">That are known here.</param>
/// <param name="Kind">Names of this kind, which the node knows; null: none.</param>
/// <param name="IsFile">A file's name.</param>
internal sealed record CompletionSpot(int Start, string Prefix, ImmutableArray<string> Words, string? Kind, bool IsFile);

/// <summary>Finds what may stand at a place, and what of it is common to all. Pure.</summary>
internal static class Completion
{
    private static readonly ImmutableArray<string> s_own = ["exit", "help", "quit"];

    /// <param name="commands">Of the node.</param>
    /// <param name="before">The line up to the cursor.</param>
    public static CompletionSpot SpotOf(IReadOnlyList<KnownCommand> commands, string before)
    {
        int start = before.Length;
        while (start > 0 && !char.IsWhiteSpace(before[start - 1])) start--;
        string prefix = before[start..];
        CompletionSpot nothing = new(start, prefix, [], null, IsFile: false);
        if (!CommandWords.TrySplit(before[..start], out IReadOnlyList<string> words, out _)) return nothing;
        if (words.Count > 0 && words[0] == "help") return nothing with { Words = Next(commands, [.. words.Skip(1)]) };
        if (KnownCommand.Find(commands, words) is not { } command)
            return nothing with { Words = words.Count == 0 ? [.. Next(commands, words), .. s_own] : Next(commands, words) };
        KnownOption? open = command.Options.FirstOrDefault(option => option.Value is not null && option.Name == words[^1]);
        if (open is not null) return nothing with { Kind = open.Values, IsFile = open.FileOf is not null };
        (string typed, string? begun) = OptionWord.Of(prefix);
        KnownOption? joined = begun is null ? null : command.Options.FirstOrDefault(option => option.Value is not null && option.Name == typed);
        if (joined is not null) return new CompletionSpot(before.Length - begun!.Length, begun, [], joined.Values, joined.FileOf is not null);
        string[] given = [.. words.Select(static word => OptionWord.Of(word).Name)];
        string[] options = [.. command.Options.Select(static option => option.Name).Where(name => !given.Contains(name) || name == "-H")];
        return nothing with { Words = [.. Next(commands, words), .. options] };
    }

    /// <summary>What all begin with.</summary>
    public static string CommonStart(IReadOnlyList<string> words)
    {
        string common = words.Count == 0 ? "" : words[0];
        foreach (string word in words)
        {
            int length = 0;
            while (length < Math.Min(common.Length, word.Length) && common[length] == word[length]) length++;
            common = common[..length];
        }

        return common;
    }

    /// <summary>The next words of all command names that begin so.</summary>
    private static ImmutableArray<string> Next(IReadOnlyList<KnownCommand> commands, IReadOnlyList<string> words) =>
    [
        .. commands.Select(static command => command.Words.Split(' '))
            .Where(name => name.Length > words.Count && name.Take(words.Count).SequenceEqual(words))
            .Select(name => name[words.Count]).Distinct().Order(StringComparer.Ordinal),
    ];
}
