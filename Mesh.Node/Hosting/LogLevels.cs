using System.Collections.Immutable;

namespace Mesh.Node.Hosting;

/// <summary>From which level on each logger writes; changed while the node runs. A logger without a level of its own has root's.</summary>
/// <remarks>Any thread. The loggers are these few, so that nobody fills a table with names.</remarks>
internal sealed class LogLevels
{
    /// <summary>The logger that all others follow.</summary>
    public const string Root = "root";

    /// <summary>The parts of the node that speak: the first word of a line's source. A source that is not here follows root.</summary>
    public static readonly ImmutableArray<string> Loggers = ["actors", "admin", "config", "namer", "node", Root];

    private const int Unset = -1;

    private readonly int[] _levels = [.. Loggers.Select(static name => name == Root ? (int)NodeLogLevel.Info : Unset)];

    /// <summary>The level that holds for a source such as <c>namer io.l5d.fs</c>.</summary>
    public NodeLogLevel For(string source)
    {
        int space = source.IndexOf(' ', StringComparison.Ordinal);
        int index = Loggers.IndexOf(space < 0 ? source : source[..space]);
        int level = index < 0 ? Unset : Volatile.Read(ref _levels[index]);
        return (NodeLogLevel)(level == Unset ? Volatile.Read(ref _levels[Loggers.IndexOf(Root)]) : level);
    }

    public bool IsEnabled(string source, NodeLogLevel level) => level >= For(source);

    /// <summary>Sets a logger's level; false when there is no such logger.</summary>
    public bool TrySet(string logger, NodeLogLevel level)
    {
        int index = Loggers.IndexOf(logger);
        if (index < 0) return false;
        Volatile.Write(ref _levels[index], (int)level);
        return true;
    }
}
