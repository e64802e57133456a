using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Mesh.Node.Hosting;

/// <summary>Lets a library that speaks to .NET's loggers, such as Kestrel, speak to the node's log, as one source.</summary>
internal sealed class NodeLoggerFactory(NodeLog log, string source) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Logger(log, source);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("the node's log has one writer");

    public void Dispose()
    {
    }

    private sealed class Logger(NodeLog log, string source) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => log.Levels.IsEnabled(source, LevelOf(logLevel));

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Write(LevelOf(logLevel), source, formatter(state, exception), exception);

        /// <summary>Kestrel's Information is about its own life, which the node tells itself.</summary>
        private static NodeLogLevel LevelOf(LogLevel level) => level switch
        {
            LogLevel.Trace => NodeLogLevel.Trace,
            LogLevel.Debug or LogLevel.Information => NodeLogLevel.Debug,
            LogLevel.Warning => NodeLogLevel.Warning,
            LogLevel.Error => NodeLogLevel.Error,
            LogLevel.Critical => NodeLogLevel.Critical,
            _ => NodeLogLevel.All,
        };
    }
}
