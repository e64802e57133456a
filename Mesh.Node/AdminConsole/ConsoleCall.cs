using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;

namespace Mesh.Node.AdminConsole;

/// <summary>A command with the options that were given.</summary>
internal sealed record ConsoleCall(ConsoleCommand Command, FrozenDictionary<string, ImmutableArray<string>> Given)
{
    /// <summary>Who asks, for histories.</summary>
    public string Author { get; init; } = "console";

    /// <summary>Which form of the answer is wanted.</summary>
    public bool IsJson { get; init; }

    /// <summary>The words that are no options, in order.</summary>
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>The value of an option; null when it was not given.</summary>
    public string? Find(string option) => Given.TryGetValue(option, out ImmutableArray<string> values) ? values[0] : null;

    /// <summary>All values of an option that may be repeated.</summary>
    public ImmutableArray<string> All(string option) => Given.TryGetValue(option, out ImmutableArray<string> values) ? values : [];

    public bool Has(string option) => Given.ContainsKey(option);

    /// <summary>The same call as words, without some of its options.</summary>
    public ImmutableArray<string> WordsWithout(params ReadOnlySpan<string> options)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        words.AddRange(Command.Words.Split(' '));
        words.AddRange(Arguments);
        foreach (ConsoleOption option in Command.Options)
        {
            if (options.Contains(option.Name)) continue;
            foreach (string value in All(option.Name))
            {
                words.Add(option.Name);
                if (option.Value is not null) words.Add(value);
            }
        }

        return words.ToImmutable();
    }

    /// <summary>A whole number, or the default where none was given.</summary>
    /// <exception cref="ConsoleRefusal">It is no number within the range.</exception>
    public int Number(string option, int whenAbsent, int least, int most)
    {
        if (Find(option) is not { } text) return whenAbsent;
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value);
        return isNumber && value >= least && value <= most
            ? value
            : throw new ConsoleRefusal(ConsoleStatus.BadInput, $"{option} is `{text}`; it must be a whole number from {least} to {most}");
    }
}

/// <summary>How a command ended; the exit code of a one-shot call follows from it.</summary>
internal enum ConsoleStatus
{
    Done,

    /// <summary>The command line is wrong.</summary>
    BadInput,

    /// <summary>Understood, and the answer is no: no such member, nothing at that key, not allowed now.</summary>
    No,

    /// <summary>What would answer is not there now: no leader, no journal, no cluster.</summary>
    Unavailable,
}

/// <summary>A command cannot be done; the message says why and what would help.</summary>
internal sealed class ConsoleRefusal(ConsoleStatus status, string message) : Exception(message)
{
    public ConsoleStatus Status { get; } = status;
}
