namespace Mesh.Discovery.Names;

/// <summary>Why a path, prefix, tree or dtab could not be read, and where.</summary>
/// <param name="Expected">What the grammar allows at the place, for example <c>label char</c>.</param>
/// <param name="Text">The whole input.</param>
/// <param name="Offset">Zero-based index of the offending character; the input's length when the input ends too early.</param>
public sealed record SyntaxError(string Expected, string Text, int Offset)
{
    private const int ContextChars = 60;

    /// <summary>One-based line of the offending character.</summary>
    public int Line => 1 + Text.AsSpan(0, Offset).Count('\n');

    /// <summary>One-based column of the offending character, in characters.</summary>
    public int Column => Offset - (Offset == 0 ? -1 : Text.LastIndexOf('\n', Offset - 1));

    /// <summary>Linkerd's wording, with the offending character in brackets, then offset, line and column.</summary>
    public override string ToString()
    {
        string found = Offset < Text.Length ? $"'{Printable(Text[Offset])}'" : "end of input";
        return $"{Expected} expected but {found} found at '{Marked()}' (offset {Offset}, line {Line}, column {Column})";
    }

    private string Marked()
    {
        int start = Math.Max(0, Offset - ContextChars);
        int end = Math.Min(Text.Length, Offset + 1 + ContextChars);
        string before = (start > 0 ? "..." : "") + Text[start..Offset];
        string mark = Offset < Text.Length ? Text[Offset].ToString() : "";
        string after = Offset < Text.Length ? Text[(Offset + 1)..end] + (end < Text.Length ? "..." : "") : "";
        return OneLine($"{before}[{mark}]{after}");
    }

    /// <summary>Errors go into logs, headers and one-line bodies: control characters and the rest of Unicode never do.</summary>
    private static string OneLine(string text) => string.Concat(text.Select(Printable));

    private static string Printable(char c) => c switch
    {
        '\n' or '\r' or '\t' => " ",
        < ' ' or > '~' => $"\\u{(int)c:x4}",
        _ => c.ToString(),
    };
}
