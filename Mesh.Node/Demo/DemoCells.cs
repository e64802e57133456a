using System.Globalization;

namespace Mesh.Node.Demo;

/// <summary>The columns of both screens and the texts in them.</summary>
internal static class DemoCells
{
    public static readonly string[] ServiceHeads = ["service", "success", "rps", "p50", "p95", "p99"];

    /// <summary>The address comes last, so that a narrow screen can leave it out.</summary>
    public static readonly string[] InstanceHeads = ["instance", "success", "rps", "p50", "p95", "p99", "breaker", "out", "ewma", "address"];

    /// <summary>When, over which time, in which unit.</summary>
    public static string Title(DemoFrame frame) => string.Create(
        CultureInfo.InvariantCulture,
        $"{frame.At.TotalSeconds:0.0} s; {(frame.Span == frame.At ? "all of it" : $"the last {frame.Span.TotalSeconds:0.0} s")}; latencies in ms");

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
        line is null
            ? ["-", "-", "-", "-", "-"]
            : [Percent(line.SuccessRate), Number(line.PerSecond), Millis(line.P50), Millis(line.P95), Millis(line.P99)];

    /// <summary>Three digits that tell: services on one machine answer in tens of microseconds.</summary>
    private static string Millis(double? value) => value?.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture) ?? "-";

    private static string Number(double? value) => value?.ToString("0.0", CultureInfo.InvariantCulture) ?? "-";
}
