namespace Mesh.Actors.Tables;

/// <summary>What a person wants to know of a table on this node.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind"><c>owner</c> or <c>map</c>.</param>
/// <param name="Rows">Rows kept, tombstones included.</param>
/// <param name="Tombstones">Of these, deleted ones.</param>
/// <param name="Bytes">Of keys and values.</param>
/// <param name="Origins">Owners with rows; 0 in maps.</param>
/// <param name="Pending">Rows that wait to be sent to neighbours.</param>
/// <param name="Waiting">Rows whose owner membership does not know yet.</param>
/// <param name="LastKnown">Rows that only the disk vouches for.</param>
/// <param name="Unsaved">Changes that the disk does not have yet.</param>
/// <param name="Root">Equal on two nodes that have equal rows.</param>
/// <param name="SinceAgreed">How long ago this node and a member had equal rows; null: never in this membership.</param>
/// <param name="Refused">Rows refused: no room, malformed, of nobody.</param>
/// <param name="Conflicts">One version with two contents: a writer's bug.</param>
/// <param name="CopyFault">Why the local copy is missing or behind; null when all is well.</param>
/// <param name="ConfirmedAt">When others last had the same rows, as far back as the disk knows; null: never.</param>
public sealed record TableStatus(
    string Name,
    string Kind,
    int Rows,
    int Tombstones,
    long Bytes,
    int Origins,
    int Pending,
    int Waiting,
    int LastKnown,
    int Unsaved,
    ulong Root,
    TimeSpan? SinceAgreed,
    long Refused,
    long Conflicts,
    string? CopyFault,
    DateTimeOffset? ConfirmedAt);

/// <summary>A row as bytes, for <c>ddata get</c>.</summary>
public sealed record RawRow(string Key, ulong Owner, RowVersion Version, bool Deleted, ReadOnlyMemory<byte> Value);

/// <summary>Which version of a row a node has.</summary>
/// <param name="Version">Null: it has no such row, or no such table.</param>
/// <param name="Deleted">It is a tombstone.</param>
public readonly record struct RowAnswer(RowVersion? Version, bool Deleted);
