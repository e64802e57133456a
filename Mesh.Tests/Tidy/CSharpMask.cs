namespace Mesh.Tests.Tidy;

/// <summary>A C# text of the same length with comments, strings, characters and directives blank: every brace left is one of code.</summary>
/// <remarks>Line feeds stay. An interpolated string is blanked whole, holes included: a hole's braces balance, so nothing outside shifts.</remarks>
internal static class CSharpMask
{
    /// <summary>Masks a whole file.</summary>
    public static string Apply(string text)
    {
        char[] masked = text.ToCharArray();
        int at = 0;
        while (at < text.Length)
        {
            int end = EndOfOpaque(text, at);
            for (int blank = at; blank < end; blank++)
            {
                masked[blank] = text[blank] == '\n' ? '\n' : ' ';
            }

            at = Math.Max(end, at + 1);
        }

        return new string(masked);
    }

    /// <summary>Where the comment, literal or directive that begins here ends; the same place when none does.</summary>
    private static int EndOfOpaque(string text, int at)
    {
        if (StartsWith(text, at, "//") || (text[at] == '#' && FirstOnItsLine(text, at)))
        {
            return Find(text, "\n", at);
        }

        if (StartsWith(text, at, "/*"))
        {
            return Math.Min(text.Length, Find(text, "*/", at + 2) + 2);
        }

        if (text[at] == '\'')
        {
            return EndOfQuoted(text, at + 1, '\'');
        }

        int prefix = at;
        while (prefix < text.Length && text[prefix] is '$' or '@')
        {
            prefix++;
        }

        return prefix < text.Length && text[prefix] == '"' ? EndOfString(text, at, prefix) : at;
    }

    private static int EndOfString(string text, int start, int quote)
    {
        int quotes = 0;
        while (quote + quotes < text.Length && text[quote + quotes] == '"')
        {
            quotes++;
        }

        string prefix = text[start..quote];
        if (quotes >= 3)
        {
            return Math.Min(text.Length, Find(text, new string('"', quotes), quote + quotes) + quotes);
        }

        if (quotes == 2 && !prefix.Contains('@'))
        {
            return quote + 2;
        }

        if (prefix.Contains('$'))
        {
            return EndOfInterpolated(text, quote + 1, prefix.Contains('@'));
        }

        return prefix.Contains('@') ? EndOfVerbatim(text, quote + 1) : EndOfQuoted(text, quote + 1, '"');
    }

    private static int EndOfQuoted(string text, int at, char closing)
    {
        while (at < text.Length && text[at] != closing && text[at] != '\n')
        {
            at += text[at] == '\\' ? 2 : 1;
        }

        return Math.Min(text.Length, at + 1);
    }

    private static int EndOfVerbatim(string text, int at)
    {
        for (; at < text.Length; at++)
        {
            if (text[at] == '"' && !StartsWith(text, at, "\"\""))
            {
                return at + 1;
            }

            at += text[at] == '"' ? 1 : 0;
        }

        return text.Length;
    }

    private static int EndOfInterpolated(string text, int at, bool verbatim)
    {
        while (at < text.Length && text[at] != '"')
        {
            if (StartsWith(text, at, "{{") || StartsWith(text, at, "}}") || (!verbatim && text[at] == '\\'))
            {
                at += 2;
            }
            else if (text[at] == '{')
            {
                at = EndOfHole(text, at + 1);
            }
            else
            {
                at++;
            }

            if (verbatim && StartsWith(text, at, "\"\""))
            {
                at += 2;
            }
        }

        return Math.Min(text.Length, at + 1);
    }

    private static int EndOfHole(string text, int at)
    {
        int depth = 1;
        while (at < text.Length && depth > 0)
        {
            int end = EndOfOpaque(text, at);
            if (end > at)
            {
                at = end;
                continue;
            }

            depth += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
            at++;
        }

        return at;
    }

    private static bool FirstOnItsLine(string text, int at)
    {
        while (at > 0 && text[at - 1] is ' ' or '\t')
        {
            at--;
        }

        return at == 0 || text[at - 1] == '\n';
    }

    private static bool StartsWith(string text, int at, string what) => string.CompareOrdinal(text, at, what, 0, what.Length) == 0;

    private static int Find(string text, string what, int at)
    {
        int found = text.IndexOf(what, Math.Min(at, text.Length), StringComparison.Ordinal);
        return found < 0 ? text.Length : found;
    }
}
