using System.Globalization;
using Mesh.Actors.Events;

namespace Mesh.Node.Hosting;

/// <summary>What the node says to its operator: one line an event on standard error, time, level, source, message.</summary>
/// <remarks>Thread-safe. A cold path: nothing is logged per request.</remarks>
internal sealed class NodeLog(TextWriter output, TimeProvider time)
{
    /// <summary>The source of everything that actors say; it stands before their paths.</summary>
    private const string Actors = "actors";

    private readonly Lock _gate = new();

    /// <summary>What is written and what is not, by source; may be changed at any time.</summary>
    public LogLevels Levels { get; } = new();

    public void Debug(string source, string message) => Write(NodeLogLevel.Debug, source, message);

    public void Info(string source, string message) => Write(NodeLogLevel.Info, source, message);

    public void Warning(string source, string message) => Write(NodeLogLevel.Warning, source, message);

    public void Error(string source, string message, Exception? error = null) => Write(NodeLogLevel.Error, source, message, error);

    /// <summary>Who changed what, by which door, and with what result: written whatever the levels are.</summary>
    public void Audit(string source, string message) => Print("AUDIT", source, message, null);

    /// <summary>Forwards what the actors say.</summary>
    public void Write(LogEvent entry)
    {
        NodeLogLevel level = entry.Level switch
        {
            LogLevel.Debug => NodeLogLevel.Debug,
            LogLevel.Info => NodeLogLevel.Info,
            LogLevel.Warning => NodeLogLevel.Warning,
            _ => NodeLogLevel.Error,
        };
        if (Levels.IsEnabled(Actors, level)) Print(Word(level), entry.Source, entry.Message, entry.Exception);
    }

    /// <summary>Writes a line if its source's level lets it.</summary>
    public void Write(NodeLogLevel level, string source, string message, Exception? error = null)
    {
        if (Levels.IsEnabled(source, level)) Print(Word(level), source, message, error);
    }

    /// <summary>Five letters, so that lines stand in columns.</summary>
    private static string Word(NodeLogLevel level) => level switch
    {
        NodeLogLevel.Warning => "WARN",
        NodeLogLevel.Critical => "CRIT",
        _ => level.Name(),
    };

    private void Print(string level, string source, string message, Exception? error)
    {
        string stamp = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        lock (_gate)
        {
            output.WriteLine($"{stamp} {level,-5} {source}: {message}");
            if (error is not null) output.WriteLine(error);
        }
    }
}
