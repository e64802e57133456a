namespace Mesh.Node.Telemetry;

/// <summary>Every series name of the process itself; docs/METRICS.md says what each means.</summary>
/// <remarks>The <c>process_</c> names are those of every Prometheus client library, so that existing dashboards find them.</remarks>
internal static class NodeMetricNames
{
    public const string ProcessCpu = "process_cpu_seconds_total";
    public const string ProcessResidentMemory = "process_resident_memory_bytes";
    public const string ProcessStartTime = "process_start_time_seconds";
    public const string ProcessOpenFiles = "process_open_fds";
    public const string ProcessMaximumFiles = "process_max_fds";
    public const string BuildInfo = "mesh_build_info";
    public const string Uptime = "mesh_uptime_seconds";
    public const string Processors = "mesh_runtime_processors";
    public const string ConfigReloads = "mesh_config_reloads_total";
    public const string ConfigLastSuccessful = "mesh_config_last_reload_successful";
    public const string ConfigLastSuccess = "mesh_config_last_reload_success_timestamp_seconds";
    public const string ConfigRestartNeeded = "mesh_config_restart_needed";
    public const string Threads = "mesh_runtime_threads";
    public const string ThreadPoolThreads = "mesh_runtime_threadpool_threads";
    public const string ThreadPoolQueue = "mesh_runtime_threadpool_queue_length";
    public const string GcHeap = "mesh_runtime_gc_heap_bytes";
    public const string GcCommitted = "mesh_runtime_gc_committed_bytes";
    public const string GcLimit = "mesh_runtime_gc_limit_bytes";
    public const string GcAllocated = "mesh_runtime_gc_allocated_bytes_total";
    public const string GcCollections = "mesh_runtime_gc_collections_total";
    public const string GcPause = "mesh_runtime_gc_pause_seconds_total";
}
