using System.Globalization;
using System.Text;

namespace Mesh.ClusterBench.Live;

/// <summary>What a measure says, on the console and in a page: a table, then lines.</summary>
internal sealed class ResultPage
{
    private readonly StringBuilder _text = new();

    /// <summary>Something was not as it must be.</summary>
    public bool IsBad { get; private set; }

    public static string Load => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    public void Line(string text = "")
    {
        Console.WriteLine(text);
        _text.Append(text).Append('\n');
    }

    public void Row(params string[] cells) => Line($"| {string.Join(" | ", cells)} |");

    public void Head()
    {
        Row("what", "n", "p50", "p99", "most");
        Row("---", "---", "---", "---", "---");
    }

    public void Sample(string what, IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) return;
        double[] sorted = [.. values.Order()];
        Row(what, Text(sorted.Length), Text(Quantile(sorted, 0.5)), Text(Quantile(sorted, 0.99)), Text(sorted[^1]));
    }

    public void Value(string what, double value) => Row(what, "", Text(value), "", "");

    /// <summary>A line that says whether something holds that must.</summary>
    public void Must(bool holds, string what)
    {
        IsBad |= !holds;
        Line($"- {(holds ? "yes" : "NO")}: {what}");
    }

    public async Task SaveAsync(string folder, string name)
    {
        if (folder.Length > 0)
            await File.WriteAllTextAsync(Path.Combine(folder, $"{name}-{TimeProvider.System.GetUtcNow():yyyy-MM-dd}.md"), _text.ToString());
    }

    public static string Text(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    private static double Quantile(double[] sorted, double part) => sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Length) - 1)];
}
