using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Mesh.Node.AdminConsole;

/// <summary>Splits a line into words as a shell does, as far as a console needs it: spaces part, quotes of either kind hold together.</summary>
internal static class CommandWords
{
    /// <summary>Longest line, characters.</summary>
    public const int MaxLine = 4096;

    /// <summary>False when a quote is not closed or the line is too long.</summary>
    public static bool TrySplit(string line, out IReadOnlyList<string> words, [NotNullWhen(false)] out string? fault)
    {
        List<string> found = [];
        words = found;
        fault = line.Length > MaxLine ? $"a line has at most {MaxLine} characters" : null;
        if (fault is not null) return false;
        var word = new StringBuilder();
        bool inWord = false;
        char quote = '\0';
        foreach (char letter in line)
        {
            if (quote != '\0' && letter != quote) word.Append(letter);
            else if (quote != '\0') quote = '\0';
            else if (letter is '"' or '\'') (quote, inWord) = (letter, true);
            else if (!char.IsWhiteSpace(letter)) (inWord, word) = (true, word.Append(letter));
            else if (inWord) inWord = End();
        }

        if (inWord) End();
        if (quote != '\0') fault = $"the quote {quote} is not closed";
        return fault is null;

        bool End()
        {
            found.Add(word.ToString());
            word.Clear();
            return false;
        }
    }
}
