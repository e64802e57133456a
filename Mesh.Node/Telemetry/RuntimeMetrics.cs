using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>What the process and the .NET runtime say about themselves, asked only when somebody looks.</summary>
internal static class RuntimeMetrics
{
    private const string LinuxThreadDirectory = "/proc/self/task";

    /// <summary>Adds the series; uptime counts from this call.</summary>
    public static void Register(MetricRegistry registry, TimeProvider time)
    {
        long start = time.GetTimestamp();
        double startUnixSeconds = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

        Gauge(NodeMetricNames.BuildInfo, "Always 1; version and platform are in the labels.", static () => 1, BuildLabels());
        Gauge(NodeMetricNames.ProcessStartTime, "When the node started, in Unix time.", () => startUnixSeconds);
        Gauge(NodeMetricNames.Uptime, "Time since the node started.", () => time.GetElapsedTime(start).TotalSeconds);
        Gauge(NodeMetricNames.ProcessResidentMemory, "Resident memory of the process.", static () => Environment.WorkingSet);
        Gauge(NodeMetricNames.Processors, "Processors that the runtime uses.", static () => Environment.ProcessorCount);
        Gauge(NodeMetricNames.ProcessOpenFiles, "File descriptors in use, where the system tells.", static () => ProcessFiles.Open());
        Gauge(NodeMetricNames.ProcessMaximumFiles, "File descriptors that the process may have.", static () => ProcessFiles.Maximum());
        Gauge(NodeMetricNames.Threads, "Operating system threads of the process.", static () => ThreadCount());
        Gauge(NodeMetricNames.ThreadPoolThreads, "Threads of the runtime's pool.", static () => ThreadPool.ThreadCount);
        Gauge(NodeMetricNames.ThreadPoolQueue, "Work that waits for a thread of the runtime's pool.", static () => ThreadPool.PendingWorkItemCount);
        Gauge(NodeMetricNames.GcHeap, "Managed heap in use, with what is dead and not yet collected.", static () => GC.GetTotalMemory(false));
        Gauge(NodeMetricNames.GcCommitted, "Memory the collector holds, as of the last collection.", static () => CommittedBytes());
        Gauge(NodeMetricNames.GcLimit, "Memory that the collector may use: of the machine, or of the container.", static () => LimitBytes());
        Observe(NodeMetricNames.ProcessCpu, "User and system CPU time of the process.", static () => CpuSeconds());
        Observe(NodeMetricNames.GcAllocated, "Managed memory allocated.", static () => GC.GetTotalAllocatedBytes());
        Observe(NodeMetricNames.GcPause, "Time for which collections stopped the process.", static () => GC.GetTotalPauseDuration().TotalSeconds);
        for (int generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            int each = generation;
            LabelSet labels = LabelSet.Of(("generation", each.ToString(CultureInfo.InvariantCulture)));
            const string help = "Collections of this generation, those of higher ones with it.";
            registry.ObservedCounter(NodeMetricNames.GcCollections, help, labels, () => GC.CollectionCount(each));
        }

        void Gauge(string name, string help, Func<double> read, LabelSet? labels = null) =>
            registry.Gauge(name, help, labels ?? LabelSet.Empty, read);

        void Observe(string name, string help, Func<double> read) => registry.ObservedCounter(name, help, LabelSet.Empty, read);
    }

    private static LabelSet BuildLabels()
    {
        Assembly assembly = typeof(RuntimeMetrics).Assembly;
        string version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        return LabelSet.Of(
            ("version", version),
            ("runtime", Environment.Version.ToString()),
            ("platform", RuntimeInformation.RuntimeIdentifier));
    }

    private static double CommittedBytes() => GC.GetGCMemoryInfo().TotalCommittedBytes;

    private static double LimitBytes() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    private static double CpuSeconds()
    {
        // Environment.CpuUsage is the one door that needs no Process object, but Apple's mobile systems lack it.
        return OperatingSystem.IsIOS() || OperatingSystem.IsTvOS() ? double.NaN : Environment.CpuUsage.TotalTime.TotalSeconds;
    }

    private static int ThreadCount()
    {
        // Process.Threads opens a file for each thread; the directory's length says the same.
        if (OperatingSystem.IsLinux()) return Directory.GetDirectories(LinuxThreadDirectory).Length;
        using var process = Process.GetCurrentProcess();
        return process.Threads.Count;
    }
}
