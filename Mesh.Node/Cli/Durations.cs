using System.Globalization;

namespace Mesh.Node.Cli;

/// <summary>Durations as people type them: <c>500ms</c>, <c>60s</c>, <c>5m</c>, <c>1h</c>; a bare number is seconds.</summary>
internal static class Durations
{
    /// <summary>The longest that a command takes.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>What <see cref="TryParse"/> takes, for a message.</summary>
    public const string Expected = "a duration such as `500ms`, `60s`, `5m` or `1h`, more than nothing and at most seven days";

    public static bool TryParse(string text, out TimeSpan duration)
    {
        int digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.')) digits++;
        double unit = text[digits..] switch
        {
            "ms" => 0.001,
            "s" or "" => 1,
            "m" => 60,
            "h" => 3600,
            _ => double.NaN,
        };
        bool isNumber = double.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value);
        double seconds = value * unit;
        bool fits = isNumber && seconds > 0 && seconds <= Longest.TotalSeconds;
        duration = fits ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
        return fits;
    }
}
