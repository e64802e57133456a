namespace Mesh.Node.Config;

/// <summary>Where what must survive any node is kept: route changes, claims of shards, leases.</summary>
internal enum JournalKind
{
    /// <summary>A file of a single core node.</summary>
    Sqlite,

    /// <summary>The core nodes together, by Raft.</summary>
    Quorum,

    /// <summary>A database server that exists.</summary>
    PostgreSql,
}

/// <param name="Kind">Which store.</param>
/// <param name="ConnectionString">PostgreSQL's, in Npgsql's form; null for the others.</param>
/// <param name="Schema">PostgreSQL's schema.</param>
internal sealed record JournalConfig(JournalKind Kind, string? ConnectionString, string Schema)
{
    public const string DefaultSchema = "mesh";
}
