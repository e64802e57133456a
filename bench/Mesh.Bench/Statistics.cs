namespace Mesh.Bench;

/// <summary>Order statistics of a few rounds.</summary>
internal static class Statistics
{
    public static double Median(IEnumerable<double> values) => Quantile(values, 0.5);

    /// <summary>The q-quantile, linear between neighbours (R's type 7); NaN of nothing.</summary>
    public static double Quantile(IEnumerable<double> values, double q)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0)
        {
            return double.NaN;
        }

        double at = q * (sorted.Length - 1);
        int low = (int)at;
        return low + 1 < sorted.Length ? sorted[low] + ((at - low) * (sorted[low + 1] - sorted[low])) : sorted[low];
    }

    /// <summary>Median and interquartile range as text: <c>12.3 [12.0-12.9]</c>; <c>-</c> where nothing was told.</summary>
    public static string Show(IReadOnlyCollection<double> values, string format = "0.0")
    {
        string Number(double q) => Quantile(values, q).ToString(format, System.Globalization.CultureInfo.InvariantCulture);
        return values.All(double.IsNaN) ? "-" : $"{Number(0.5)} [{Number(0.25)}-{Number(0.75)}]";
    }
}
