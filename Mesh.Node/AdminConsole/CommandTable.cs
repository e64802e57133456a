using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Mesh.Node.AdminConsole;

/// <summary>The commands of a node, by palette, and how words become a call of one.</summary>
internal sealed class CommandTable
{
    /// <summary>Words that a command's name may have.</summary>
    private const int MaxNameWords = 3;

    /// <exception cref="ArgumentException">Two commands share a name.</exception>
    public CommandTable(IEnumerable<ConsoleCommand> commands)
    {
        Commands = [.. commands.OrderBy(static command => command.Words, StringComparer.Ordinal)];
        if (Commands.Select(static command => command.Words).Distinct().Count() != Commands.Length)
            throw new ArgumentException("two commands share a name", nameof(commands));
    }

    /// <summary>By name.</summary>
    public ImmutableArray<ConsoleCommand> Commands { get; }

    /// <summary>The call that the words mean; the longest name that they begin with is the command.</summary>
    /// <exception cref="ConsoleRefusal">There is no such command, or its options are wrong.</exception>
    public ConsoleCall Parse(IReadOnlyList<string> words)
    {
        for (int count = Math.Min(words.Count, MaxNameWords); count > 0; count--)
        {
            string name = string.Join(' ', words.Take(count));
            ConsoleCommand? command = Commands.FirstOrDefault(each => each.Words == name);
            if (command is not null) return CallOf(command, [.. words.Skip(count)]);
        }

        string line = string.Join(' ', words);
        ConsoleCommand[] palette = words.Count == 0 ? [] : [.. Commands.Where(command => command.Palette == words[0])];
        string there = palette.Length > 0
            ? $"`{words[0]}` has {string.Join(", ", palette.Select(static command => $"`{command.Words}`"))}"
            : $"palettes are {string.Join(", ", Commands.Select(static command => $"`{command.Palette}`").Distinct())}";
        string meant = Meant(words) is { } near ? $"did you mean `{near}`? " : "";
        throw new ConsoleRefusal(ConsoleStatus.BadInput, $"no command `{line}`; {meant}{there}");
    }

    private string? Meant(IReadOnlyList<string> words)
    {
        string[] names = [.. Commands.Select(static command => command.Words)];
        string[] given = [.. words.TakeWhile(static word => !word.StartsWith('-')).Take(MaxNameWords)];
        for (int count = given.Length; count > 0; count--)
            if (Nearest.To(string.Join(' ', given.Take(count)), names) is { } near) return near;
        return null;
    }

    private static ConsoleCall CallOf(ConsoleCommand command, ReadOnlySpan<string> words)
    {
        Dictionary<string, ImmutableArray<string>> given = [];
        List<string> arguments = [];
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            if (!word.StartsWith('-') && !command.Arguments.IsEmpty && !command.Options.Any(option => option.Name == word))
            {
                arguments.Add(word);
                continue;
            }

            (string name, string? joined) = OptionWord.Of(word);
            ConsoleOption option = command.Options.FirstOrDefault(each => each.Name == name) ?? throw NoOption(command, name);
            if (option.FileOf is { } text) throw Refuse(command, $"`{name}` is read by `mesh console`; give the text itself as `{text}`");
            string value = "";
            if (option.Value is not null)
                value = joined ?? (i + 1 < words.Length ? words[++i] : throw Refuse(command, $"`{name}` needs {option.Value}"));
            else if (joined is not null) throw Refuse(command, $"`{name}` takes no value");
            if (given.TryGetValue(name, out ImmutableArray<string> before) && !option.IsRepeatable)
                throw Refuse(command, $"`{name}` is given twice");
            given[name] = before.IsDefault ? [value] : before.Add(value);
        }

        Check(command, given, arguments);
        return new ConsoleCall(command, given.ToFrozenDictionary(StringComparer.Ordinal)) { Arguments = [.. arguments] };
    }

    private static void Check(ConsoleCommand command, Dictionary<string, ImmutableArray<string>> given, List<string> arguments)
    {
        foreach (ConsoleOption option in command.Options)
            if (option.Required && !given.ContainsKey(option.Name)) throw Refuse(command, $"`{option.Name} {option.Value}` is needed");
        if (arguments.Count > command.Arguments.Length) throw Refuse(command, $"`{arguments[command.Arguments.Length]}` is one word too many");
        string[] needed = [.. command.Arguments.Where(static argument => argument.Required).Select(static argument => argument.Name)];
        if (arguments.Count < needed.Length) throw Refuse(command, $"{needed[arguments.Count]} is needed");
    }

    private static ConsoleRefusal NoOption(ConsoleCommand command, string name)
    {
        string? near = name.StartsWith("--", StringComparison.Ordinal)
            ? Nearest.To(name, command.Options.Select(static option => option.Name))
            : null;
        return Refuse(command, near is null ? $"no option `{name}`" : $"no option `{name}`; did you mean `{near}`?");
    }

    private static ConsoleRefusal Refuse(ConsoleCommand command, string what) =>
        new(ConsoleStatus.BadInput, $"{what}; usage: {command.Usage}");
}
