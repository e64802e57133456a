using System.Collections.Immutable;
using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of a router that tell of its log of requests, by either of Linkerd's names.</summary>
internal static class AccessLogKeys
{
    private static readonly Names s_http = new("httpAccessLog", "");
    private static readonly Names s_http2 = new("h2AccessLog", " The same as `httpAccessLog`: one log has the requests of both protocols.");

    public static ImmutableArray<Key> All => [.. s_http.Keys, .. s_http2.Keys];

    /// <summary>The log of a router; null where it has none.</summary>
    public static AccessLogConfig? Build(SectionView view) => Written(view).Build(view);

    public static Position At(SectionView view) => view.At(Written(view).Path);

    /// <summary>Settings of a log that nobody asked for, or of two.</summary>
    public static void Check(SectionView view, CheckContext context)
    {
        foreach (Names names in (Names[])[s_http, s_http2]) names.Check(view, context);
        if (view.Find(s_http.Path) is not null && view.Find(s_http2.Path) is { } second)
            context.Faults.Fault(second.At, "`h2AccessLog` is the log that `httpAccessLog` names already; write one of them");
    }

    private static Names Written(SectionView view) => view.Find(s_http2.Path) is null ? s_http : s_http2;

    /// <summary>One set of names.</summary>
    private sealed class Names(string name, string note)
    {
        private const int MostKept = 1_000_000;

        private readonly RollPolicyKey _rollPolicy = new($"{name}RollPolicy", "When the log is rolled over to a new file." + note);
        private readonly BoolKey _append = new($"{name}Append", true, "Whether a log that is there at start is kept." + note);

        private readonly IntKey _rotateCount = new(
            $"{name}RotateCount", -1, -1, MostKept, "files", "Rolled files that are kept; -1 for all." + note);

        public TextKey Path { get; } = new(
            name, null, "none", "the path of a file, or `/dev/stdout`",
            static text => text.Length > 0 && !text.Contains('\0'),
            "The log of requests, a line each: a file, relative to the working directory or absolute, or `/dev/stdout`, `/dev/stderr`." + note);

        public ImmutableArray<Key> Keys => [Path, _rollPolicy, _append, _rotateCount];

        public AccessLogConfig? Build(SectionView view) => view.Get(Path) is { } path
            ? new AccessLogConfig(path, view.Get(_rollPolicy), view.Get(_append), view.Get(_rotateCount))
            : null;

        public void Check(SectionView view, CheckContext context)
        {
            if (view.Find(Path) is not null) return;
            foreach (Key key in (Key[])[_rollPolicy, _append, _rotateCount])
                if (view.Find(key) is { } written)
                    context.Faults.Warn(written.At, $"`{key.Name}` has no effect without `{name}`, the file of the log");
        }
    }
}
