using System.Globalization;

namespace Mesh.ClusterBench;

/// <summary>What Linux says of a process: proc(5).</summary>
internal static class ProcessCost
{
    /// <summary>USER_HZ; 100 on every architecture that .NET supports.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>utime + stime of all threads, in seconds; resolution 10 ms.</summary>
    public static double CpuSeconds(int processId)
    {
        string stat = File.ReadAllText($"/proc/{processId}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>VmRSS.</summary>
    public static double RssMegabytes(int processId)
    {
        string line = File.ReadLines($"/proc/{processId}/status").First(static each => each.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line["VmRSS:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024.0;
    }
}
