using Mesh.Node.Hosting;

namespace Mesh.Node.AdminConsole.Prompt;

/// <summary>The lines that were typed, oldest first, kept in a file that only their user may read.</summary>
/// <remarks>
/// What looks like a secret is recalled in this session and not written, as is a line that begins with a space. A file that cannot be read or
/// written costs the history and nothing else.
/// </remarks>
internal sealed class LineHistory
{
    /// <summary>Lines that are kept.</summary>
    public const int MaxLines = 1000;

    public const string FileName = "console-history";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly string[] s_secrets = ["authorization", "cookie", "token", "password", "passwd", "secret", "bearer", "apikey", "api-key"];

    private readonly List<string> _lines;
    private readonly string? _file;

    private LineHistory(List<string> lines, string? file) => (_lines, _file) = (lines, file);

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>What the file has; nothing where there is none.</summary>
    public static LineHistory Open(StateDirectory directory)
    {
        if (!directory.TryCreate(out _)) return new LineHistory([], null);
        string file = Path.Combine(directory.Path!, FileName);
        List<string> lines = [];
        try
        {
            if (File.Exists(file)) lines = [.. File.ReadLines(file).Where(static line => line.Length <= CommandWords.MaxLine).TakeLast(MaxLines)];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new LineHistory([], null);
        }

        return new LineHistory(lines, file);
    }

    /// <summary>Whether a line may hold what nobody should read later.</summary>
    public static bool IsSecret(string line) => s_secrets.Any(word => line.Contains(word, StringComparison.OrdinalIgnoreCase));

    public void Add(string line)
    {
        bool isKept = !line.StartsWith(' ') && !IsSecret(line);
        line = line.Trim();
        if (line.Length == 0 || (_lines.Count > 0 && _lines[^1] == line)) return;
        _lines.Add(line);
        if (_lines.Count > MaxLines) _lines.RemoveAt(0);
        if (_file is not null && isKept) Write(_file, line);
    }

    /// <summary>Appended, so that two consoles keep each other's lines; cut when it has grown to twice what is kept.</summary>
    private static void Write(string file, string line)
    {
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
            using (StreamWriter writer = new(file, options)) writer.WriteLine(line);
            string[] all = File.ReadAllLines(file);
            if (all.Length > 2 * MaxLines) File.WriteAllLines(file, all[^MaxLines..]);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The session goes on with what it remembers.
        }
    }
}
