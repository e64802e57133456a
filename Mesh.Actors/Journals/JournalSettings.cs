using System.Text.RegularExpressions;

namespace Mesh.Actors.Journals;

/// <summary>Where a node keeps its journal.</summary>
public sealed partial record JournalSettings
{
    /// <summary>1 to <see cref="MaxMaxConnections"/>; nodes x this many must stay below the server's <c>max_connections</c>.</summary>
    public const int DefaultMaxConnections = 8;

    public const int MaxMaxConnections = 100;

    /// <summary>The schema in a PostgreSQL database.</summary>
    public const string DefaultSchema = "mesh_journal";

    /// <summary>
    /// 1 s to 60 s: how long one statement may take before the call fails. It must exceed <see cref="AbandonedTimeout"/>, for so long a paused
    /// node's open transaction may hold up a claim.
    /// </summary>
    public static readonly TimeSpan DefaultCommandTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the server keeps a transaction whose node went silent in the middle of it. A shard's claim waits at most so long for a
    /// former owner that was paused or cut off: it enters the time of a failover.
    /// </summary>
    public static readonly TimeSpan AbandonedTimeout = TimeSpan.FromSeconds(5);

    public JournalKind Kind { get; init; } = JournalKind.Sqlite;

    /// <summary>sqlite: the file; its folder is made. The quorum keeps its part there too.</summary>
    public string Path { get; init; } = "journal.db";

    /// <summary>postgresql: in Npgsql's manner, <c>Host=db;Database=mesh;Username=mesh;Password=..</c>.</summary>
    public string ConnectionString { get; init; } = "";

    /// <summary>postgresql: made when it is not there. Small letters, digits and underscores, at most 63.</summary>
    public string Schema { get; init; } = DefaultSchema;

    /// <summary>postgresql: connections of this node at most.</summary>
    public int MaxConnections { get; init; } = DefaultMaxConnections;

    /// <summary>postgresql: the longest that a statement may take.</summary>
    public TimeSpan CommandTimeout { get; init; } = DefaultCommandTimeout;

    /// <summary>Everything that is wrong with them, one line each; empty when nothing is.</summary>
    public IEnumerable<string> Faults()
    {
        if (Kind is JournalKind.Sqlite or JournalKind.Quorum && Path.Length == 0) yield return "path: a file is needed";
        if (Kind != JournalKind.Postgresql) yield break;
        if (ConnectionString.Length == 0) yield return "connectionString: needed, for example Host=db;Database=mesh;Username=mesh;Password=..";
        if (!SchemaName().IsMatch(Schema)) yield return $"schema: '{Schema}' is no plain name of small letters, digits and underscores, at most 63";
        if (MaxConnections is < 1 or > MaxMaxConnections) yield return $"maxConnections: {MaxConnections}; 1 to {MaxMaxConnections}";
        if (CommandTimeout <= AbandonedTimeout || CommandTimeout > TimeSpan.FromSeconds(60))
            yield return $"commandTimeout: {CommandTimeout}; more than {AbandonedTimeout}, at most 60 s";
    }

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex SchemaName();
}

/// <summary>Which store.</summary>
public enum JournalKind : byte
{
    /// <summary>A file of this node: for a cluster with one core node.</summary>
    Sqlite,

    /// <summary>The core nodes together, nothing to install.</summary>
    Quorum,

    /// <summary>A server that is there anyway.</summary>
    Postgresql,

    /// <summary>Gone with the process: tests and demos.</summary>
    Memory,
}
