using System.Globalization;

namespace Mesh.Node.Demo;

/// <summary>The columns of both screens and the texts in them.</summary>
internal static class DemoCells
{
    public static readonly string[] ServiceHeads = ["service", "success", "rps", "p50 ms", "p95 ms", "p99 ms"];

    public static readonly string[] InstanceHeads = ["instance", "success", "rps", "p50 ms", "p95 ms", "p99 ms", "breaker", "in flight", "ewma ms", "address"];

    public static string[] Of(ServiceRow row) => [row.Name, .. Of(row.Traffic)];

    public static string[] Of(InstanceRow row) =>
    [
        row.Name,
        .. Of(row.Traffic),
        row.Breaker,
        row.InFlight?.ToString(CultureInfo.InvariantCulture) ?? "-",
        Number(row.EwmaMs),
        row.Address,
    ];

    /// <summary>0.995 as <c>99.50 %</c>.</summary>
    public static string Percent(double? rate) => rate is { } value ? (value * 100).ToString("0.00' %'", CultureInfo.InvariantCulture) : "-";

    private static string[] Of(TrafficLine? line) =>
        line is null ? ["-", "-", "-", "-", "-"] : [Percent(line.SuccessRate), Number(line.PerSecond), Number(line.P50), Number(line.P95), Number(line.P99)];

    private static string Number(double? value) => value?.ToString("0.0", CultureInfo.InvariantCulture) ?? "-";
}
