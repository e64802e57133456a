namespace Mesh.Node.Hosting;

/// <summary>How urgent a line is, or from where on lines are written; Linkerd 1's names, least urgent first.</summary>
internal enum NodeLogLevel
{
    /// <summary>A threshold: every line.</summary>
    All,
    Trace,
    Debug,
    Info,
    Warning,
    Error,
    Critical,
    Fatal,

    /// <summary>A threshold: no line.</summary>
    Off,
}

/// <summary>Levels by name.</summary>
internal static class NodeLogLevels
{
    /// <summary>What <see cref="TryParse"/> takes, for a message.</summary>
    public const string Expected = "ALL, TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL, FATAL or OFF";

    /// <summary><c>WARNING</c>, as Linkerd's endpoint writes it.</summary>
    public static string Name(this NodeLogLevel level) => level.ToString().ToUpperInvariant();

    /// <summary>Case does not matter; <c>WARN</c> is <c>WARNING</c>.</summary>
    public static bool TryParse(string text, out NodeLogLevel level)
    {
        string name = text.Equals("warn", StringComparison.OrdinalIgnoreCase) ? nameof(NodeLogLevel.Warning) : text;
        return Enum.TryParse(name, ignoreCase: true, out level) && name.All(char.IsAsciiLetter);
    }
}
