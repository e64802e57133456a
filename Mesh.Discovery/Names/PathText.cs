using System.Buffers;
using System.Text;

namespace Mesh.Discovery.Names;

/// <summary>
/// The canonical text of labels: as it is where all of its bytes are showable, else each byte as <c>\xnn</c> (lower-case hex).
/// </summary>
/// <remarks>Source: finagle's Path.showElem, which escapes a label whole.</remarks>
public static class PathText
{
    private static readonly SearchValues<char> _showable =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_:.#$%-");

    public static bool IsShowable(char c) => _showable.Contains(c);

    /// <summary>One label's canonical text.</summary>
    public static string Label(string label)
    {
        if (!label.AsSpan().ContainsAnyExcept(_showable)) return label;
        var text = new StringBuilder();
        AppendLabel(text, label);
        return text.ToString();
    }

    public static void AppendLabel(StringBuilder text, string label)
    {
        if (!label.AsSpan().ContainsAnyExcept(_showable))
        {
            text.Append(label);
            return;
        }

        foreach (char c in label) text.Append("\\x").Append(Convert.ToHexStringLower([(byte)c]));
    }
}
