namespace Mesh.Node.AdminConsole.Prompt;

/// <summary>What a key asks of whoever shows the line.</summary>
internal enum LineAction
{
    /// <summary>Nothing has changed.</summary>
    None,

    /// <summary>The line or the cursor has.</summary>
    Show,

    /// <summary>The line is done.</summary>
    Accept,

    /// <summary>What may stand at the cursor is asked for.</summary>
    Complete,

    /// <summary>The line is given up (Ctrl-C).</summary>
    Abandon,

    /// <summary>Nobody wants to type any more (Ctrl-D on an empty line).</summary>
    End,

    /// <summary>The screen is to be empty (Ctrl-L).</summary>
    Clear,
}

/// <summary>A line that is being typed: text, cursor, what was cut, where in the history it stands. Keys as in Emacs and bash. Pure.</summary>
/// <param name="history">Oldest first.</param>
internal sealed class LineEditor(IReadOnlyList<string> history)
{
    private int _at = history.Count;
    private string _draft = "";
    private string _cut = "";

    public string Text { get; private set; } = "";

    /// <summary>0 to the text's length.</summary>
    public int Cursor { get; private set; }

    /// <summary>Takes a key.</summary>
    public LineAction Press(ConsoleKeyInfo key)
    {
        if ((key.Modifiers & ConsoleModifiers.Control) != 0) return PressControl(key);
        if ((key.Modifiers & ConsoleModifiers.Alt) != 0) return PressAlt(key);
        return key.Key switch
        {
            ConsoleKey.Enter => LineAction.Accept,
            ConsoleKey.Tab => LineAction.Complete,
            ConsoleKey.Backspace => Cut(Cursor - 1, Cursor, keep: false),
            ConsoleKey.Delete => Cut(Cursor, Cursor + 1, keep: false),
            ConsoleKey.LeftArrow => Move(Cursor - 1),
            ConsoleKey.RightArrow => Move(Cursor + 1),
            ConsoleKey.Home => Move(0),
            ConsoleKey.End => Move(Text.Length),
            ConsoleKey.UpArrow => Recall(_at - 1),
            ConsoleKey.DownArrow => Recall(_at + 1),
            ConsoleKey.Escape => LineAction.None,
            _ => key.KeyChar is '\r' or '\n' ? LineAction.Accept : char.IsControl(key.KeyChar) ? LineAction.None : Insert(key.KeyChar.ToString()),
        };
    }

    /// <summary>Puts a word in the place of what stands before the cursor from <paramref name="start"/> on.</summary>
    public void Replace(int start, string word)
    {
        Text = string.Concat(Text.AsSpan(0, start), word, Text.AsSpan(Cursor));
        Cursor = start + word.Length;
    }

    private LineAction PressControl(ConsoleKeyInfo key) => key.Key switch
    {
        ConsoleKey.A => Move(0),
        ConsoleKey.E => Move(Text.Length),
        ConsoleKey.B => Move(Cursor - 1),
        ConsoleKey.F => Move(Cursor + 1),
        ConsoleKey.LeftArrow => Move(WordStart()),
        ConsoleKey.RightArrow => Move(WordEnd()),
        ConsoleKey.H or ConsoleKey.Backspace => Cut(Cursor - 1, Cursor, keep: false),
        ConsoleKey.K => Cut(Cursor, Text.Length, keep: true),
        ConsoleKey.U => Cut(0, Cursor, keep: true),
        ConsoleKey.W => Cut(WordStart(), Cursor, keep: true),
        ConsoleKey.Y => Insert(_cut),
        ConsoleKey.P => Recall(_at - 1),
        ConsoleKey.N => Recall(_at + 1),
        ConsoleKey.L => LineAction.Clear,
        ConsoleKey.C => LineAction.Abandon,
        ConsoleKey.D => Text.Length == 0 ? LineAction.End : Cut(Cursor, Cursor + 1, keep: false),
        ConsoleKey.I => LineAction.Complete,
        ConsoleKey.J or ConsoleKey.M => LineAction.Accept,
        _ => LineAction.None,
    };

    private LineAction PressAlt(ConsoleKeyInfo key) => key.Key switch
    {
        ConsoleKey.B => Move(WordStart()),
        ConsoleKey.F => Move(WordEnd()),
        ConsoleKey.D => Cut(Cursor, WordEnd(), keep: true),
        ConsoleKey.Backspace => Cut(WordStart(), Cursor, keep: true),
        _ => LineAction.None,
    };

    private LineAction Insert(string text)
    {
        if (text.Length == 0 || Text.Length + text.Length > CommandWords.MaxLine) return LineAction.None;
        Text = Text.Insert(Cursor, text);
        Cursor += text.Length;
        return LineAction.Show;
    }

    private LineAction Cut(int from, int to, bool keep)
    {
        from = Math.Max(from, 0);
        to = Math.Min(to, Text.Length);
        if (from >= to) return LineAction.None;
        if (keep) _cut = Text[from..to];
        Text = Text.Remove(from, to - from);
        Cursor = from;
        return LineAction.Show;
    }

    private LineAction Move(int to)
    {
        to = Math.Clamp(to, 0, Text.Length);
        if (to == Cursor) return LineAction.None;
        Cursor = to;
        return LineAction.Show;
    }

    /// <summary>A line of the history; behind its end stands what was typed before.</summary>
    private LineAction Recall(int at)
    {
        if (at < 0 || at > history.Count || at == _at) return LineAction.None;
        if (_at == history.Count) _draft = Text;
        _at = at;
        Text = at == history.Count ? _draft : history[at];
        Cursor = Text.Length;
        return LineAction.Show;
    }

    private int WordStart()
    {
        int at = Cursor;
        while (at > 0 && char.IsWhiteSpace(Text[at - 1])) at--;
        while (at > 0 && !char.IsWhiteSpace(Text[at - 1])) at--;
        return at;
    }

    private int WordEnd()
    {
        int at = Cursor;
        while (at < Text.Length && char.IsWhiteSpace(Text[at])) at++;
        while (at < Text.Length && !char.IsWhiteSpace(Text[at])) at++;
        return at;
    }
}
