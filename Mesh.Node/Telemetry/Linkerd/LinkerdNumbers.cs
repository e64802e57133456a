using System.Globalization;

namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>Numbers as the JVM writes them, so that whoever compares texts finds them.</summary>
internal static class LinkerdNumbers
{
    /// <summary>A whole number.</summary>
    public static string Whole(double value) => Math.Round(value).ToString("F0", CultureInfo.InvariantCulture);

    /// <summary>With a fraction always: <c>1.0</c>, <c>0.25</c>.</summary>
    public static string Floating(double value)
    {
        if (!double.IsFinite(value)) return double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";
    }

    /// <summary>
    /// Of a distribution: whole where it is, else up to three digits of a fraction. Linkerd rounds to whole milliseconds, which shows a fast
    /// service as 0.
    /// </summary>
    public static string Measured(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>The value of a counter or gauge by its kind.</summary>
    public static string Of(LinkerdKind kind, double value) => kind == LinkerdKind.Counter && double.IsFinite(value) ? Whole(value) : Floating(value);
}
