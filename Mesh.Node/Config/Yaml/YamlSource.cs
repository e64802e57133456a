namespace Mesh.Node.Config.Yaml;

/// <summary>The text of a config with its lines, which finds the place of a character that a parsed value came from.</summary>
internal sealed class YamlSource
{
    private readonly List<int> _lineStarts = [0];

    public YamlSource(string name, string text)
    {
        Name = name;
        Text = text;
        for (int index = 0; index < text.Length; index++)
            if (text[index] == '\n') _lineStarts.Add(index + 1);
    }

    /// <summary>What messages call the file.</summary>
    public string Name { get; }

    public string Text { get; }

    /// <summary>The position of an index into <see cref="Text"/>.</summary>
    public Position At(int index)
    {
        int line = _lineStarts.BinarySearch(index);
        if (line < 0) line = ~line - 1;
        return new Position(Name, line + 1, index - _lineStarts[line] + 1);
    }

    /// <summary>The position of the character <paramref name="offset"/> of a scalar's value; the scalar's own where it cannot be told.</summary>
    /// <remarks>
    /// Every style of YAML (bare, quoted, literal, folded) keeps the characters of a value that are not white space, in order. So we count them up
    /// to the offset and walk the source by the same count. Escapes break the rule: at the first difference we point at the scalar as a whole.
    /// </remarks>
    public Position Inside(YamlScalar scalar, int offset)
    {
        if (scalar.At.Line == 0 || scalar.At.Line > _lineStarts.Count) return scalar.At;
        int cursor = FirstCharacter(scalar);
        string value = scalar.Text;
        int end = Math.Min(offset, value.Length);
        for (int index = 0; index < end; index++)
        {
            if (char.IsWhiteSpace(value[index])) continue;
            cursor = SkipWhiteSpace(cursor);
            if (cursor >= Text.Length || Text[cursor] != value[index]) return scalar.At;
            cursor++;
        }

        // At the end of the value the place is the one after its last character; inside, it is the character itself.
        bool atCharacter = HasInk(value, end);
        return At(atCharacter ? SkipWhiteSpace(cursor) : Math.Min(cursor, Text.Length));
    }

    private static bool HasInk(string value, int from) => !value.AsSpan(from).IsWhiteSpace();

    private int FirstCharacter(YamlScalar scalar)
    {
        int start = Math.Min(_lineStarts[scalar.At.Line - 1] + scalar.At.Column - 1, Text.Length);
        return scalar.Style switch
        {
            YamlScalarStyle.Quoted => start + 1,
            YamlScalarStyle.Block => scalar.At.Line < _lineStarts.Count ? _lineStarts[scalar.At.Line] : Text.Length,
            _ => start,
        };
    }

    private int SkipWhiteSpace(int index)
    {
        while (index < Text.Length && char.IsWhiteSpace(Text[index])) index++;
        return index;
    }
}
