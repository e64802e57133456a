using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Mesh.Node.AdminConsole;

/// <summary>The commands of a node, by palette, and how words become a call of one.</summary>
internal sealed class CommandTable
{
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
        for (int count = words.Count; count > 0; count--)
        {
            string name = string.Join(' ', words.Take(count));
            ConsoleCommand? command = Commands.FirstOrDefault(each => each.Words == name);
            if (command is not null) return new ConsoleCall(command, Options(command, [.. words.Skip(count)]));
        }

        string line = string.Join(' ', words);
        ConsoleCommand[] palette = words.Count == 0 ? [] : [.. Commands.Where(command => command.Palette == words[0])];
        string there = palette.Length > 0
            ? $"`{words[0]}` has {string.Join(", ", palette.Select(static command => $"`{command.Words}`"))}"
            : $"palettes are {string.Join(", ", Commands.Select(static command => $"`{command.Palette}`").Distinct())}";
        throw new ConsoleRefusal(ConsoleStatus.BadInput, $"no command `{line}`; {there}");
    }

    private static FrozenDictionary<string, string> Options(ConsoleCommand command, ReadOnlySpan<string> words)
    {
        Dictionary<string, string> given = [];
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            int equals = word.StartsWith("--", StringComparison.Ordinal) ? word.IndexOf('=') : -1;
            string name = equals < 0 ? word : word[..equals];
            ConsoleOption option = command.Options.FirstOrDefault(each => each.Name == name) ?? throw Refuse(command, $"no option `{name}`");
            string value = "";
            if (option.Value is not null)
                value = equals >= 0 ? word[(equals + 1)..]
                    : i + 1 < words.Length ? words[++i]
                    : throw Refuse(command, $"`{name}` needs {option.Value}");
            else if (equals >= 0) throw Refuse(command, $"`{name}` takes no value");
            if (!given.TryAdd(name, value)) throw Refuse(command, $"`{name}` is given twice");
        }

        foreach (ConsoleOption option in command.Options)
            if (option.Required && !given.ContainsKey(option.Name)) throw Refuse(command, $"`{option.Name} {option.Value}` is needed");
        return given.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static ConsoleRefusal Refuse(ConsoleCommand command, string what) =>
        new(ConsoleStatus.BadInput, $"{what}; usage: {command.Usage}");
}
