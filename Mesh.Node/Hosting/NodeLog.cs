using System.Globalization;
using Mesh.Actors.Events;

namespace Mesh.Node.Hosting;

/// <summary>What the node says to its operator: one line an event on standard error, time, level, source, message.</summary>
/// <remarks>Thread-safe. A cold path: nothing is logged per request.</remarks>
internal sealed class NodeLog(TextWriter output, TimeProvider time)
{
    private readonly Lock _gate = new();

    public void Info(string source, string message) => Write("INFO", source, message, null);

    public void Warning(string source, string message) => Write("WARN", source, message, null);

    public void Error(string source, string message, Exception? error = null) => Write("ERROR", source, message, error);

    /// <summary>Forwards what the actors say.</summary>
    public void Write(LogEvent entry)
    {
        if (entry.Level >= LogLevel.Info) Write(entry.Level.ToString().ToUpperInvariant(), entry.Source, entry.Message, entry.Exception);
    }

    private void Write(string level, string source, string message, Exception? error)
    {
        string stamp = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        lock (_gate)
        {
            output.WriteLine($"{stamp} {level,-5} {source}: {message}");
            if (error is not null) output.WriteLine(error);
        }
    }
}
