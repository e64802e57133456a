using System.Text;

namespace Mesh.Discovery.Names;

/// <summary>
/// A cursor over the text of names: the lexical half of the grammar (white space, comments, labels, paths), shared by paths, prefixes,
/// trees and dtabs. A method that returns false has set <see cref="Error"/>; the first error stays.
/// </summary>
/// <remarks>Source: finagle's NameTreeParsers. One thread.</remarks>
public sealed class NameReader(string text)
{
    public string Text { get; } = text;

    public int Offset { get; private set; }

    public SyntaxError? Error { get; private set; }

    public bool AtEnd => Offset >= Text.Length;

    /// <summary>The character under the cursor; NUL at the end (NUL is not legal anywhere in a name).</summary>
    public char Peek => AtEnd ? '\0' : Text[Offset];

    public void Advance() => Offset++;

    /// <summary>Notes that <paramref name="expected"/> was expected here. Always false, to be returned.</summary>
    public bool Fail(string expected)
    {
        Error ??= new SyntaxError(expected, Text, Math.Min(Offset, Text.Length));
        return false;
    }

    /// <summary>Skips white space and comments: <c>#</c> to the end of its line.</summary>
    public void SkipSpace()
    {
        while (!AtEnd)
        {
            if (Peek == '#')
            {
                int end = Text.IndexOf('\n', Offset);
                Offset = end < 0 ? Text.Length : end + 1;
            }
            else if (char.IsWhiteSpace(Peek)) Offset++;
            else return;
        }
    }

    public bool TryEat(char c)
    {
        if (AtEnd || Peek != c) return false;
        Offset++;
        return true;
    }

    public bool Eat(char c) => TryEat(c) || Fail($"'{c}'");

    public bool EndOfInput() => AtEnd || Fail("end of input");

    /// <summary>One label: at least one showable character or <c>\xNN</c>.</summary>
    public bool ReadLabel(out string label)
    {
        var bytes = new StringBuilder();
        label = "";
        while (true)
        {
            if (PathText.IsShowable(Peek)) bytes.Append(Peek);
            else if (Peek == '\\')
            {
                if (!ReadEscape(out char escaped)) return false;
                bytes.Append(escaped);
            }
            else break;
            Offset++;
        }
        label = bytes.ToString();
        return label.Length > 0 || Fail("label char");
    }

    /// <summary>A path at the cursor; <c>/</c> alone is the empty path.</summary>
    public bool ReadPath(out Path path)
    {
        path = Path.Empty;
        if (!Eat('/')) return false;
        if (!AtLabel) return true;
        var segments = new List<string>();
        do
        {
            if (!ReadLabel(out string label)) return false;
            segments.Add(label);
        }
        while (TryEat('/'));
        path = Path.Of([.. segments]);
        return true;
    }

    public bool AtLabel => PathText.IsShowable(Peek) || Peek == '\\';

    /// <summary>Leaves the cursor on the last character of the escape.</summary>
    private bool ReadEscape(out char value)
    {
        value = '\0';
        Offset++;
        if (!Eat('x')) return false;
        for (int i = 0; i < 2; i++)
        {
            if (!char.IsAsciiHexDigit(Peek)) return Fail("hex digit");
            value = (char)((value << 4) | Convert.ToInt32(Peek.ToString(), 16));
            Offset++;
        }
        Offset--;
        return true;
    }
}
