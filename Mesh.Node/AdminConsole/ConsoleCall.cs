using System.Collections.Frozen;
using System.Globalization;

namespace Mesh.Node.AdminConsole;

/// <summary>A command with the options that were given.</summary>
internal sealed record ConsoleCall(ConsoleCommand Command, FrozenDictionary<string, string> Given)
{
    /// <summary>Who asks, for histories.</summary>
    public string Author { get; init; } = "console";

    /// <summary>The value of an option; null when it was not given.</summary>
    public string? Find(string option) => Given.GetValueOrDefault(option);

    public bool Has(string option) => Given.ContainsKey(option);

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
