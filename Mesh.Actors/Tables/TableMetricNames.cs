namespace Mesh.Actors.Tables;

/// <summary>Every series name of replicated tables; docs/METRICS.md says what each means.</summary>
public static class TableMetricNames
{
    public const string Rows = "mesh_table_rows";
    public const string Bytes = "mesh_table_bytes";
    public const string Pending = "mesh_table_pending_rows";
    public const string Age = "mesh_table_age_seconds";
    public const string Learned = "mesh_table_learned_rows_total";
    public const string Repaired = "mesh_table_repaired_rows_total";
    public const string Refused = "mesh_table_refused_rows_total";
    public const string Conflicts = "mesh_table_conflicts_total";
    public const string Sent = "mesh_table_sent_bytes_total";
    public const string SaveFailures = "mesh_table_save_failures_total";
}
