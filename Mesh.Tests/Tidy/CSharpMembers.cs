using System.Text.RegularExpressions;

namespace Mesh.Tests.Tidy;

/// <summary>A function, property or operator of a type, with the lines from its signature to its last brace or semicolon.</summary>
internal readonly record struct CSharpMember(string Name, int FirstLine, int Lines);

/// <summary>Finds the members of a masked C# text by its braces: good enough to measure them, no compiler.</summary>
/// <remarks>
/// Local functions and lambdas count to the member that holds them. Fields are not members here: a long table is data, not a function.
/// A file's top-level statements count one by one.
/// </remarks>
internal static partial class CSharpMembers
{
    /// <summary>All members of a file, in order, those of nested types included.</summary>
    public static IReadOnlyList<CSharpMember> Of(string text)
    {
        List<CSharpMember> found = [];
        string masked = CSharpMask.Apply(text);
        Scan(masked, 0, masked.Length, found);
        return found;
    }

    private static void Scan(string text, int at, int end, List<CSharpMember> found)
    {
        while ((at = SkipBlank(text, at, end)) < end)
        {
            if (text[at] == '[')
            {
                // An attribute is not part of the function: a theory's rows are data.
                at = FirstOutsideParentheses(text, at + 1, end, "]") + 1;
                continue;
            }

            int brace = FirstOutsideParentheses(text, at, end, "{;");
            string header = text[at..Math.Min(brace, end)];
            if (brace < end && text[brace] == '{' && TypeHeader().IsMatch(header))
            {
                int close = Matching(text, brace, end);
                Scan(text, brace + 1, close, found);
                at = close + 1;
                continue;
            }

            int last = EndOfMember(text, at, brace, end, header);
            if (!IsField(header) && !Directive().IsMatch(header) && MemberName().Match(header) is { Success: true } name)
            {
                int lines = text.AsSpan(at, last - at).TrimEnd().Count('\n') + 1;
                found.Add(new CSharpMember(name.Groups[1].Value, text.AsSpan(0, at).Count('\n') + 1, lines));
            }

            at = last;
        }
    }

    /// <summary>A braced body ends its member, unless an expression or an initializer goes on to a semicolon.</summary>
    private static int EndOfMember(string text, int at, int brace, int end, string header)
    {
        if (brace >= end || text[brace] == ';')
        {
            return Math.Min(end, brace + 1);
        }

        int close = Matching(text, brace, end);
        int next = SkipBlank(text, close + 1, end);
        bool goesOn = header.Contains("=>", StringComparison.Ordinal) || IsField(header) || (next < end && text[next] == '=');
        return goesOn ? Math.Min(end, FirstOutsideParentheses(text, at, end, ";") + 1) : Math.Min(end, close + 1);
    }

    /// <summary>Has an initializer: an equals sign outside parentheses that is not an arrow, a comparison or an operator's name.</summary>
    private static bool IsField(string header)
    {
        int depth = 0;
        for (int at = 0; at < header.Length; at++)
        {
            depth += header[at] is '(' or '[' ? 1 : header[at] is ')' or ']' ? -1 : 0;
            if (depth == 0 && header[at] == '=')
            {
                return !(at + 1 < header.Length && header[at + 1] is '>' or '=') && !header.Contains("operator", StringComparison.Ordinal);
            }
        }

        return false;
    }

    /// <summary>The first of the wanted characters that stands in no (), [] or {}; a wanted opening brace counts before it nests.</summary>
    private static int FirstOutsideParentheses(string text, int at, int end, string wanted)
    {
        int depth = 0;
        for (; at < end; at++)
        {
            if (depth == 0 && wanted.Contains(text[at]))
            {
                return at;
            }

            depth += text[at] is '(' or '[' or '{' ? 1 : text[at] is ')' or ']' or '}' ? -1 : 0;
        }

        return end;
    }

    private static int Matching(string text, int brace, int end)
    {
        int depth = 0;
        for (int at = brace; at < end; at++)
        {
            depth += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
            if (depth == 0)
            {
                return at;
            }
        }

        return end;
    }

    private static int SkipBlank(string text, int at, int end)
    {
        while (at < end && (char.IsWhiteSpace(text[at]) || text[at] is ';' or '}'))
        {
            at++;
        }

        return at;
    }

    [GeneratedRegex(@"(^|\s)(class|struct|interface|record|enum|namespace|extension)\s*[\s(<]")]
    private static partial Regex TypeHeader();

    [GeneratedRegex(@"^(global\s+)?(using|namespace|extern)\s")]
    private static partial Regex Directive();

    [GeneratedRegex(@"([\w~]+|operator\s*\S+|this\s*\[[^\]]*\])\s*(<[^()]*>)?\s*(\(|=>|$)", RegexOptions.Multiline)]
    private static partial Regex MemberName();
}
