namespace Mesh.Wire.Metrics;

/// <summary>Which names Prometheus accepts: metric <c>[a-zA-Z_:][a-zA-Z0-9_:]*</c>, label <c>[a-zA-Z_][a-zA-Z0-9_]*</c>.</summary>
/// <remarks>
/// Source: prometheus.io, "Metric names and labels". Names that begin with two underscores, <c>le</c> and <c>quantile</c> are Prometheus' own.
/// </remarks>
internal static class MetricNameRules
{
    public static void ThrowUnlessMetric(string name)
    {
        if (!IsName(name, colon: true)) throw new ArgumentException($"'{name}' is not a metric name", nameof(name));
    }

    public static void ThrowUnlessLabel(string name)
    {
        if (!IsName(name, colon: false) || name is "le" or "quantile" || name.StartsWith("__", StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{name}' is not a label name", nameof(name));
        }
    }

    private static bool IsName(string name, bool colon)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0])) return false;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_' && !(colon && c == ':')) return false;
        }

        return true;
    }
}
