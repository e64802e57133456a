using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Mesh.Node.AdminConsole;

/// <summary>Splits a line into words as a shell does, as far as a console needs it: spaces part, quotes of either kind hold together.</summary>
internal static class CommandWords
{
    /// <summary>Longest line that somebody types, characters.</summary>
    public const int MaxLine = 4096;

    /// <summary>Longest command that carries a file's text, characters: a dtab of the largest size, its quotes and the words before it.</summary>
    public const int MaxText = (1 << 20) + (64 * 1024);

    /// <summary>False when a quote is not closed or the line is too long.</summary>
    /// <param name="line">The line.</param>
    /// <param name="words">Its words.</param>
    /// <param name="fault">What is wrong.</param>
    /// <param name="most">Characters that it may have.</param>
    public static bool TrySplit(string line, out IReadOnlyList<string> words, [NotNullWhen(false)] out string? fault, int most = MaxLine)
    {
        List<string> found = [];
        words = found;
        fault = line.Length > most ? $"a line has at most {most} characters" : null;
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

    /// <summary>The word as <see cref="TrySplit"/> reads it again: bare if that does, else in quotes, in pieces where it holds both kinds.</summary>
    public static string Quote(string word)
    {
        if (word.Length > 0 && !word.Any(static letter => char.IsWhiteSpace(letter) || letter is '"' or '\'')) return word;
        if (!word.Contains('"')) return $"\"{word}\"";
        return string.Join("\"'\"", word.Split('\'').Select(static piece => $"'{piece}'"));
    }
}
