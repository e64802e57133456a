namespace Mesh.Node.AdminConsole.Explaining;

/// <summary>An explanation as lines of <see cref="Width"/> columns: <c>+</c> goes on, <c>-</c> does not, <c>?</c> nobody knows. Pure.</summary>
internal static class StepText
{
    public const int Width = 80;

    /// <summary>Columns that the deepest step leaves for its words.</summary>
    private const int LeastWords = 30;

    private const int Indent = 2;

    public static void Write(TextWriter text, Step step) => Write(text, step, 0);

    private static void Write(TextWriter text, Step step, int depth)
    {
        string mark = step.Verdict switch
        {
            StepVerdict.Yes => "+ ",
            StepVerdict.No => "- ",
            StepVerdict.Unknown => "? ",
            _ => "  ",
        };
        string margin = new(' ', Math.Min(depth * Indent, Width - LeastWords));
        int room = Width - margin.Length - mark.Length;
        bool isFirst = true;
        foreach (string line in Wrapped(step.Text, room))
        {
            text.WriteLine($"{margin}{(isFirst ? mark : "  ")}{line}".TrimEnd());
            isFirst = false;
        }

        foreach (Step inner in step.Steps) Write(text, inner, depth + 1);
    }

    /// <summary>Broken between words; a word that is longer than a line stays whole, so that names can be copied.</summary>
    internal static IEnumerable<string> Wrapped(string text, int room)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > room)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}
