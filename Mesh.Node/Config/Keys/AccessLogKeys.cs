using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of a router that tell of its log of requests.</summary>
internal static class AccessLogKeys
{
    private const int MostKept = 1_000_000;

    public static readonly TextKey Path = new(
        "httpAccessLog", null, "none", "the path of a file, or `/dev/stdout`",
        static text => text.Length > 0 && !text.Contains('\0'),
        "The log of requests, a line each: a file, relative to the working directory or absolute, or `/dev/stdout`, `/dev/stderr`.");

    public static readonly RollPolicyKey RollPolicy = new("httpAccessLogRollPolicy", "When the log is rolled over to a new file.");
    public static readonly BoolKey Append = new("httpAccessLogAppend", true, "Whether a log that is there at start is kept.");

    public static readonly IntKey RotateCount = new(
        "httpAccessLogRotateCount", -1, -1, MostKept, "files", "Rolled files that are kept; -1 for all.");

    /// <summary>The log of a router; null where it has none.</summary>
    public static AccessLogConfig? Build(SectionView view) => view.Get(Path) is { } path
        ? new AccessLogConfig(path, view.Get(RollPolicy), view.Get(Append), view.Get(RotateCount))
        : null;

    /// <summary>Settings of a log that nobody asked for.</summary>
    public static void Check(SectionView view, CheckContext context)
    {
        if (view.Find(Path) is not null) return;
        foreach (Key key in (Key[])[RollPolicy, Append, RotateCount])
            if (view.Find(key) is { } written)
                context.Faults.Warn(written.At, $"`{key.Name}` has no effect without `httpAccessLog`, the file of the log");
    }
}
