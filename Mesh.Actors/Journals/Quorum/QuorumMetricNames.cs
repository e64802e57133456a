namespace Mesh.Actors.Journals.Quorum;

/// <summary>The quorum journal's series; docs/METRICS.md says what each means.</summary>
public static class QuorumMetricNames
{
    public const string Term = "mesh_journal_quorum_term";
    public const string Leads = "mesh_journal_quorum_leads";
    public const string Voters = "mesh_journal_quorum_voters";
    public const string ApplyLag = "mesh_journal_quorum_apply_lag_entries";
    public const string LogEntries = "mesh_journal_quorum_log_entries";
    public const string Elections = "mesh_journal_quorum_elections_total";
    public const string Requests = "mesh_journal_quorum_requests_total";
    public const string Snapshots = "mesh_journal_quorum_snapshots_total";
}
