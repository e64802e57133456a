using System.Collections.Immutable;

namespace Mesh.Node.AdminConsole;

/// <summary>One thing that an operator may ask a node on the console, such as <c>cluster show</c>.</summary>
/// <param name="Words">Its name: the palette, then the verb if any, each lower case: <c>cluster sbr explain</c>.</param>
/// <param name="Summary">One line for the help.</param>
/// <param name="Run">Answers it; most give one answer, those that follow something give many, until cancelled.</param>
internal sealed record ConsoleCommand(string Words, string Summary, Func<ConsoleCall, CancellationToken, IAsyncEnumerable<ConsoleAnswer>> Run)
{
    public ImmutableArray<ConsoleOption> Options { get; init; } = [];

    /// <summary>Words without a dash that it takes, those that must be there behind those that may.</summary>
    public ImmutableArray<ConsoleArgument> Arguments { get; init; } = [];

    /// <summary>Whether it changes something: then it needs the admin token, and is audited.</summary>
    public bool Mutates { get; init; }

    /// <summary>A line that works as it stands, for the help; the names in it are made up.</summary>
    public string Example { get; init; } = Words;

    /// <summary>Other nodes may have it answered here; set for those that only tell, and end by themselves.</summary>
    public bool IsForFleet { get; init; }

    /// <summary>The first word: commands of one palette belong to one subject.</summary>
    public string Palette => Words.Split(' ')[0];

    /// <summary>How it is called, <c>cluster down -a ADDRESS [--yes]</c>.</summary>
    public string Usage => string.Join(
        ' ', [Words, .. Arguments.Select(static argument => argument.Usage), .. Options.Select(static option => option.Usage)]);

    /// <summary>A command with one answer.</summary>
    public static ConsoleCommand Once(string words, string summary, Func<ConsoleCall, CancellationToken, Task<ConsoleAnswer>> run)
    {
        return new ConsoleCommand(words, summary, RunAsync);

        async IAsyncEnumerable<ConsoleAnswer> RunAsync(
            ConsoleCall call, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
        {
            yield return await run(call, cancel).ConfigureAwait(false);
        }
    }
}

/// <summary>A word of a command that is no option.</summary>
/// <param name="Name">What the help calls it.</param>
/// <param name="Doc">One line.</param>
internal sealed record ConsoleArgument(string Name, string Doc)
{
    public bool Required { get; init; }

    internal string Usage => Required ? Name : $"[{Name}]";
}

/// <summary>An option of a command.</summary>
/// <param name="Name">As it is written, <c>-a</c> or <c>--depth</c>.</param>
/// <param name="Value">What the help calls its value; null for a switch.</param>
/// <param name="Doc">One line.</param>
internal sealed record ConsoleOption(string Name, string? Value, string Doc)
{
    public bool Required { get; init; }

    /// <summary>May be given several times.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>What may stand as its value, for completion; one of <see cref="ConsoleValues"/>'s, null where nobody knows.</summary>
    public string? Values { get; init; }

    /// <summary>
    /// The value names a file of whoever types, <c>-</c> its standard input: the client reads it and gives the text as that other option. A node
    /// never opens it.
    /// </summary>
    public string? FileOf { get; init; }

    internal string Usage
    {
        get
        {
            string text = Value is null ? Name : $"{Name} {Value}";
            return Required ? text : IsRepeatable ? $"[{text}].." : $"[{text}]";
        }
    }
}
