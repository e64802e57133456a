namespace Mesh.Actors.Journals;

/// <summary>Every series name of journals; docs/METRICS.md says what each means.</summary>
public static class JournalMetricNames
{
    public const string Appends = "mesh_journal_appends_total";
    public const string Events = "mesh_journal_events_total";
    public const string Latency = "mesh_journal_append_duration_seconds";
    public const string Commits = "mesh_journal_commits_total";
    public const string Faults = "mesh_journal_faults_total";
}
