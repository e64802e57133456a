using System.Collections.Immutable;
using Mesh.Node.Config;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>The access logs of a node, one for each file however many routers name it.</summary>
/// <remarks>Opening is for the start of the node, on one thread; counts may be read from any.</remarks>
internal sealed class AccessLogTable(int loops, TimeProvider time, Action<string> report) : IAsyncDisposable
{
    private const string Output = "/dev/stdout";
    private const string Error = "/dev/stderr";

    private ImmutableArray<(AccessLogConfig Config, AccessLog Log)> _open = [];

    /// <summary>The log of that file; routers that name it share it.</summary>
    /// <exception cref="IOException">The file cannot be opened, or is open with other settings; the message says which.</exception>
    public AccessLog Open(AccessLogConfig config)
    {
        config = config with { Path = Path.GetFullPath(config.Path) };
        foreach ((AccessLogConfig other, AccessLog log) in _open)
        {
            if (other.Path != config.Path) continue;
            return other == config ? log : throw new IOException(
                $"access log {config.Path} is shared by routers whose RollPolicy, Append or RotateCount of it differ: make them the same");
        }

        AccessLog opened = new(config.Path, Target(config), loops, time, report);
        _open = _open.Add((config, opened));
        return opened;
    }

    /// <summary>Adds the series; they exist without a log too, and say 0.</summary>
    public void Register(MetricRegistry registry)
    {
        registry.ObservedCounter(
            AccessLogMetricNames.Lines, "Lines written to access logs.", LabelSet.Empty, () => _open.Sum(static each => each.Log.Lines));
        registry.ObservedCounter(
            AccessLogMetricNames.Dropped,
            "Lines of access logs that were dropped: the writer fell behind, or could not write.",
            LabelSet.Empty,
            () => _open.Sum(static each => each.Log.Dropped));
        registry.ObservedCounter(
            AccessLogMetricNames.Failures,
            "Failed writes to access logs, and failed attempts to open them.",
            LabelSet.Empty,
            () => _open.Sum(static each => each.Log.Failures));
    }

    /// <summary>Writes what is left and closes. After the loops have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach ((_, AccessLog log) in _open) await log.DisposeAsync().ConfigureAwait(false);
    }

    private ILogTarget Target(AccessLogConfig config) => config.Path switch
    {
        Output => new StandardStreamTarget(Console.OpenStandardOutput()),
        Error => new StandardStreamTarget(Console.OpenStandardError()),
        _ => new RollingLogFile(config, time, report),
    };
}
