namespace Mesh.Actors.Tables;

/// <summary>What went by and what was refused, since the table was opened. Written on the loop, read anywhere.</summary>
internal sealed class TableCounters
{
    /// <summary>Rows that this node wrote.</summary>
    public long Written;

    /// <summary>Rows of others that were newer than what was here.</summary>
    public long Learned;

    /// <summary>Of these, rows that anti-entropy brought: news that the neighbours' batches had not.</summary>
    public long Repaired;

    /// <summary>Rows of others that were here already.</summary>
    public long Redundant;

    /// <summary>Rows of others that no node would send, or that are too big.</summary>
    public long Malformed;

    /// <summary>Rows that found no room, from here or elsewhere.</summary>
    public long Full;

    /// <summary>Rows said to be this node's own that it never wrote; and rows of removed owners.</summary>
    public long Foreign;

    /// <summary>News that waited in too long a queue, and was left to anti-entropy.</summary>
    public long PendingDropped;

    /// <summary>Bytes of rows sent to neighbours at once.</summary>
    public long DeltaBytes;

    /// <summary>Bytes of rows and digests sent for anti-entropy.</summary>
    public long SyncBytes;

    /// <summary>Writes of the local copy that failed.</summary>
    public long SaveFailures;
}
