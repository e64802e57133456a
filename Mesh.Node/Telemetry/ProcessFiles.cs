using System.Globalization;

namespace Mesh.Node.Telemetry;

/// <summary>File descriptors of the process, as Linux tells them; NaN elsewhere.</summary>
internal static class ProcessFiles
{
    private const string OpenDirectory = "/proc/self/fd";
    private const string LimitsFile = "/proc/self/limits";
    private const string LimitsRow = "Max open files";

    /// <summary>Descriptors in use, the one that counts them not included.</summary>
    public static double Open()
    {
        if (!OperatingSystem.IsLinux()) return double.NaN;
        int count = 0;
        foreach (string _ in Directory.EnumerateFileSystemEntries(OpenDirectory)) count++;
        return count - 1;
    }

    /// <summary>The soft limit; infinite when there is none.</summary>
    public static double Maximum()
    {
        if (!OperatingSystem.IsLinux()) return double.NaN;
        string? row = File.ReadLines(LimitsFile).FirstOrDefault(static line => line.StartsWith(LimitsRow, StringComparison.Ordinal));
        string soft = row?[LimitsRow.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0] ?? "";
        if (soft == "unlimited") return double.PositiveInfinity;
        return double.TryParse(soft, CultureInfo.InvariantCulture, out double limit) ? limit : double.NaN;
    }
}
