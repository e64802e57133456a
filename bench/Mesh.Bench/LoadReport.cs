namespace Mesh.Bench;

/// <summary>What a load tool reported of one run; latencies in microseconds, 0 where it tells none.</summary>
internal sealed record LoadReport(long Requests, double PerSecond, double P50, double P99, double Mean, string Errors);
