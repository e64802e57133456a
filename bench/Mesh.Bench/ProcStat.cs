using System.Globalization;

namespace Mesh.Bench;

/// <summary>What Linux says of a process: proc(5).</summary>
internal static class ProcStat
{
    /// <summary>USER_HZ; 100 on every architecture that .NET supports.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>utime + stime of all threads, living and ended, in seconds; resolution 10 ms.</summary>
    public static double CpuSeconds(int processId)
    {
        string stat = File.ReadAllText($"/proc/{processId}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>VmRSS in KiB.</summary>
    public static long RssKiB(int processId) => Status(processId, "VmRSS:");

    /// <summary>VmHWM, the peak of VmRSS since start or <see cref="ResetPeak"/>, in KiB.</summary>
    public static long PeakRssKiB(int processId) => Status(processId, "VmHWM:");

    /// <summary>Forgets the peak (proc(5), clear_refs).</summary>
    public static void ResetPeak(int processId) => File.WriteAllText($"/proc/{processId}/clear_refs", "5");

    private static long Status(int processId, string name)
    {
        string line = File.ReadLines($"/proc/{processId}/status").First(each => each.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}
