namespace Mesh.Node.Config;

/// <summary>When a log file is rolled over to a new one.</summary>
internal enum RollPolicyKind
{
    Never,
    Hourly,
    Daily,

    /// <summary>On one day of the week.</summary>
    Weekly,

    /// <summary>When the file has grown to a size.</summary>
    Size,
}

/// <summary>When a log file is rolled (Linkerd's <c>never</c>, <c>hourly</c>, <c>daily</c>, <c>weekly(n)</c>, <c>n.megabytes</c>).</summary>
/// <param name="Kind">By what.</param>
/// <param name="Day">Of <see cref="RollPolicyKind.Weekly"/>; Linkerd counts from 1, Sunday.</param>
/// <param name="Bytes">Of <see cref="RollPolicyKind.Size"/>.</param>
internal sealed record RollPolicy(RollPolicyKind Kind, DayOfWeek Day = DayOfWeek.Sunday, long Bytes = 0)
{
    public static RollPolicy Never { get; } = new(RollPolicyKind.Never);
}

/// <summary>A log of requests, a line each.</summary>
/// <param name="Path">A file, or <c>/dev/stdout</c>, <c>/dev/stderr</c>.</param>
/// <param name="RollPolicy">When it is rolled.</param>
/// <param name="Append">Whether a file that is there is kept at start.</param>
/// <param name="RotateCount">Rolled files that are kept; -1 for all.</param>
internal sealed record AccessLogConfig(string Path, RollPolicy RollPolicy, bool Append, int RotateCount);
