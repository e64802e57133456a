namespace Mesh.Node.AdminConsole.Prompt;

/// <summary>The part of a typed line that a terminal shows: all of it, or a window around the cursor. Pure.</summary>
/// <param name="Shown">Prompt and text, at most as wide as the terminal.</param>
/// <param name="Column">Where the cursor stands, from 0.</param>
internal readonly record struct LineView(string Shown, int Column)
{
    /// <summary>Columns that the text has at least.</summary>
    private const int LeastText = 10;

    /// <param name="prompt">Before the text.</param>
    /// <param name="text">What was typed.</param>
    /// <param name="cursor">In it.</param>
    /// <param name="width">Of the terminal; its last column stays free, where some wrap.</param>
    public static LineView Of(string prompt, string text, int cursor, int width)
    {
        int room = Math.Max(LeastText, width - 1 - prompt.Length);
        int from = text.Length <= room ? 0 : Math.Clamp(cursor - (room * 3 / 4), 0, text.Length - room);
        string part = text.Substring(from, Math.Min(room, text.Length - from));
        return new LineView(prompt + part, prompt.Length + cursor - from);
    }
}
