using System.Collections.Immutable;

namespace Mesh.Node.AdminConsole;

/// <summary>One thing that an operator may ask a node on the console, such as <c>cluster show</c>.</summary>
/// <param name="Words">Its name: the palette, then the verb, each lower case: <c>cluster sbr explain</c>.</param>
/// <param name="Summary">One line for the help.</param>
/// <param name="Run">Answers it; most give one answer, those that follow something give many, until cancelled.</param>
internal sealed record ConsoleCommand(string Words, string Summary, Func<ConsoleCall, CancellationToken, IAsyncEnumerable<ConsoleAnswer>> Run)
{
    public ImmutableArray<ConsoleOption> Options { get; init; } = [];

    /// <summary>Whether it changes something: then it needs the admin token, and is audited.</summary>
    public bool Mutates { get; init; }

    /// <summary>The first word: commands of one palette belong to one subject.</summary>
    public string Palette => Words[..Words.IndexOf(' ')];

    /// <summary>How it is called, <c>cluster down -a ADDRESS [--yes]</c>.</summary>
    public string Usage => string.Join(' ', [Words, .. Options.Select(static option => option.Usage)]);

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

/// <summary>An option of a command.</summary>
/// <param name="Name">As it is written, <c>-a</c> or <c>--depth</c>.</param>
/// <param name="Value">What the help calls its value; null for a switch.</param>
/// <param name="Doc">One line.</param>
internal sealed record ConsoleOption(string Name, string? Value, string Doc)
{
    public bool Required { get; init; }

    internal string Usage
    {
        get
        {
            string text = Value is null ? Name : $"{Name} {Value}";
            return Required ? text : $"[{text}]";
        }
    }
}
