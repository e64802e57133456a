namespace Mesh.Node.AdminConsole;

/// <summary>What <c>help</c> says. Pure.</summary>
internal static class ConsoleHelp
{
    private const string Margin = "    ";
    private const string TokenNote = " (needs the admin token)";

    /// <summary>The lines; null where nothing is meant by the words.</summary>
    /// <param name="commands">Of the node, by name.</param>
    /// <param name="words">Behind <c>help</c>: none, a palette, or a command.</param>
    public static IReadOnlyList<string>? Of(IReadOnlyList<KnownCommand> commands, IReadOnlyList<string> words)
    {
        if (words.Count == 0) return All(commands);
        string name = string.Join(' ', words);
        KnownCommand[] meant = [.. commands.Where(each => each.Words == name || KnownCommand.StartsWith(each.Words.Split(' '), name))];
        return meant.Length switch
        {
            0 => null,
            1 => One(meant[0]),
            _ => [.. meant.SelectMany(Short), "`help COMMAND` has its options and an example"],
        };
    }

    /// <summary>What was not understood, with what may have been meant.</summary>
    public static string Unknown(IReadOnlyList<KnownCommand> commands, IReadOnlyList<string> words)
    {
        string name = string.Join(' ', words);
        string[] palettes = [.. commands.Select(static command => command.Palette).Distinct()];
        string? near = Nearest.To(name, [.. palettes, .. commands.Select(static command => command.Words)]);
        string meant = near is null ? "" : $"did you mean `{near}`? ";
        return $"no command `{name}`; {meant}palettes are {string.Join(", ", palettes.Select(static each => $"`{each}`"))}";
    }

    private static string[] All(IReadOnlyList<KnownCommand> commands)
    {
        List<string> lines = [];
        foreach (IGrouping<string, KnownCommand> palette in commands.GroupBy(static command => command.Palette))
        {
            lines.Add(palette.Key);
            int width = palette.Max(static command => command.Words.Length);
            foreach (KnownCommand command in palette)
                lines.AddRange(Entry($"  {command.Words.PadRight(width)}  ", command.Summary + (command.Mutates ? " *" : "")));
        }

        return
        [
            .. lines,
            "* needs the admin token. `help PALETTE` and `help COMMAND` tell more.",
            "On a terminal Tab completes, the arrows recall lines, Ctrl-C ends what runs.",
            "exit | quit",
        ];
    }

    private static IEnumerable<string> Entry(string head, string text)
    {
        string[] lines = [.. Explaining.StepText.Wrapped(text, Explaining.StepText.Width - head.Length)];
        return lines.Select((line, at) => (at == 0 ? head : new string(' ', head.Length)) + line);
    }

    private static IEnumerable<string> Short(KnownCommand command) =>
        [command.Usage, .. Entry(Margin, command.Summary + (command.Mutates ? TokenNote : ""))];

    private static string[] One(KnownCommand command)
    {
        KnownOption[] all = [.. command.Arguments, .. command.Options];
        string[] heads = [.. all.Select(static each => each.Value is null ? each.Name : $"{each.Name} {each.Value}")];
        int width = heads.Length == 0 ? 0 : heads.Max(static head => head.Length);
        return [.. Short(command), .. all.Select((each, at) => $"      {heads[at].PadRight(width)}  {each.Doc}"), $"    example: {command.Example}"];
    }
}
