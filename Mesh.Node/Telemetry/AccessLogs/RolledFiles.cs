using System.Text.RegularExpressions;

namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>The files that a log left behind when it was rolled: <c>access-20160106.log</c> beside <c>access.log</c>.</summary>
internal sealed class RolledFiles
{
    /// <summary>Files of one date, when a log is rolled more than once in it.</summary>
    public const int MaxOfOneDate = 100;

    private readonly string _folder;
    private readonly string _prefix;
    private readonly string _suffix;
    private readonly Regex _name;

    public RolledFiles(string path)
    {
        _folder = Path.GetDirectoryName(path)!;
        _prefix = Path.GetFileNameWithoutExtension(path);
        _suffix = Path.GetExtension(path);
        string date = @"\d{4}(\d{4}(-\d\d(\d{4})?)?)?(_\d+)?";
        _name = new Regex($"^{Regex.Escape(_prefix)}-{date}{Regex.Escape(_suffix)}$", RegexOptions.CultureInvariant);
    }

    /// <summary>A name that no file has: upstream wrote over what was there, here a number follows the date. Null when all are taken.</summary>
    public string? FreeName(string date) => Enumerable.Range(0, MaxOfOneDate)
        .Select(number => Path.Combine(_folder, $"{_prefix}-{date}{(number == 0 ? "" : $"_{number:00}")}{_suffix}"))
        .FirstOrDefault(static name => !Path.Exists(name));

    /// <summary>Deletes the oldest by name until so many are left; only what a roll of this very log can have made.</summary>
    public void KeepNewest(int count)
    {
        string[] rolled = [.. Directory.EnumerateFiles(_folder).Where(file => _name.IsMatch(Path.GetFileName(file))).Order(StringComparer.Ordinal)];
        foreach (string old in rolled.Take(Math.Max(0, rolled.Length - count))) File.Delete(old);
    }
}
