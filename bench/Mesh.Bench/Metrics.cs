using System.Globalization;

namespace Mesh.Bench;

/// <summary>Reads single figures of a mesh's /metrics.</summary>
internal static class Metrics
{
    public static HttpClient Of(Proxy mesh) => new() { BaseAddress = new Uri($"http://127.0.0.1:{mesh.AdminPort}") };

    /// <summary>The first series of that name.</summary>
    public static async Task<double> ReadAsync(HttpClient admin, string name)
    {
        string text = await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        string line = text.Split('\n').FirstOrDefault(each => each.StartsWith(name, StringComparison.Ordinal))
            ?? throw new BenchException($"/metrics has no {name}");
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }
}
