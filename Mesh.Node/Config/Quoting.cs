using System.Text;

namespace Mesh.Node.Config;

/// <summary>Text of an operator inside a message: short, on one line, and unable to steer a terminal.</summary>
internal static class Quoting
{
    /// <summary>Most characters of a value that a message repeats.</summary>
    public const int MaxShown = 60;

    /// <summary>The text between backticks.</summary>
    public static string Quote(string text) => $"`{Clip(text)}`";

    /// <summary>The text cut to <see cref="MaxShown"/> characters, control characters written as <c>\xNN</c>.</summary>
    public static string Clip(string text)
    {
        var clipped = new StringBuilder(Math.Min(text.Length, MaxShown) + 3);
        foreach (char character in text)
        {
            if (clipped.Length >= MaxShown) return clipped.Append("...").ToString();
            if (character == '\n') clipped.Append("\\n");
            else if (char.IsControl(character)) clipped.Append("\\x").Append(((int)character).ToString("x2", null));
            else clipped.Append(character);
        }

        return clipped.ToString();
    }
}
