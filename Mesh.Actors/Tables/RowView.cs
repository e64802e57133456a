using System.Collections.Immutable;

namespace Mesh.Actors.Tables;

/// <summary>What is known of who stands behind a row.</summary>
public enum OwnerState
{
    /// <summary>The owner is a member in good standing; in maps: always, once the row came from the cluster or a fresh local copy.</summary>
    Up,

    /// <summary>The owner is on its way out.</summary>
    Leaving,

    /// <summary>The owner does not answer: use it last.</summary>
    Unreachable,

    /// <summary>From the disk: so it was before this node restarted, and nobody has confirmed it yet.</summary>
    LastKnown,
}

/// <summary>One row as readers see it.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Owner">The uid of the process that wrote it; 0 in maps.</param>
/// <param name="Value">What it says.</param>
/// <param name="Version">How new it is. It never goes back for one key and owner.</param>
/// <param name="State">Who stands behind it.</param>
public sealed record RowView<TRow>(string Key, ulong Owner, TRow Value, RowVersion Version, OwnerState State);

/// <summary>What became of one row since the watcher was called last.</summary>
/// <param name="Before">Null: it was not there.</param>
/// <param name="After">Null: it is gone.</param>
public readonly record struct RowChange<TRow>(RowView<TRow>? Before, RowView<TRow>? After);

/// <summary>What a watcher gets.</summary>
/// <param name="Snapshot">The table now.</param>
/// <param name="Changes">In order of key, then owner; the first call has all rows.</param>
public sealed record TableChange<TRow>(TableSnapshot<TRow> Snapshot, ImmutableArray<RowChange<TRow>> Changes);

/// <summary>Turns rows into bytes and back. On the control loop: quick, no I/O.</summary>
public interface IRowCodec<TRow>
{
    ReadOnlyMemory<byte> Encode(TRow row);

    /// <summary>False when the bytes are malformed or of a version unknown here: the row is kept and passed on, but not shown.</summary>
    bool TryDecode(ReadOnlyMemory<byte> bytes, out TRow? row);
}
