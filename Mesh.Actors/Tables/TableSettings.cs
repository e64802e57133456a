namespace Mesh.Actors.Tables;

/// <summary>How fast tables spread and how big they may grow. Limits that shape the merge must be equal on all nodes.</summary>
public sealed record TableSettings
{
    /// <summary>Longest value of a row, in bytes: bigger ones are refused at the write. Rows travel whole, several a message.</summary>
    public const int MaxValueBytes = 16 * 1024;

    /// <summary>Longest key of a row, in bytes of UTF-8.</summary>
    public const int MaxKeyBytes = 512;

    /// <summary>Longest name of a table, in characters.</summary>
    public const int MaxNameLength = 64;

    /// <summary>Most tables of a node: all their bucket hashes (2 KiB each) fit one message.</summary>
    public const int MaxTables = 24;

    /// <summary>Most bytes of rows, or of digests, in one message; with its envelope it stays under 64 KiB.</summary>
    public const int MaxMessageBytes = 60_000;

    /// <summary>
    /// Least time between two batches of news to the neighbours. A hop adds this much at most, and a row changes on the wire at most once in it:
    /// what changes faster is conflated to the newest. 10 ms to 5 s.
    /// </summary>
    public TimeSpan DeltaInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Time between two comparisons with a random member. Lost news is repaired after about this x log2(nodes). 100 ms to 60 s.</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an answer of anti-entropy may take before the exchange is given up.</summary>
    public TimeSpan SyncTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Least time between two calls of a watcher.</summary>
    public TimeSpan NotifyInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Least time between two writes of a table to the disk: what a crash of the node loses of its local copy.</summary>
    public TimeSpan SaveInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an owner keeps tombstones. chitchat keeps 2 h as well.</summary>
    public TimeSpan OwnerTombstoneLife { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How long the tombstones of maps are kept; they are shared with others during the first half of it.</summary>
    public TimeSpan MapTombstoneLife { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Whether a copy of a map may be told to others, who had the same so long ago: later they may forget what they deleted.</summary>
    /// <param name="age">By wall clocks; one that was set back makes it negative, and tells nothing.</param>
    public bool MayOffer(TimeSpan age) => age >= TimeSpan.Zero && age < MapTombstoneLife / 2;

    /// <summary>Time between two collections, and between re-asserting rows and collecting what they outlive.</summary>
    public TimeSpan CollectInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long rows wait for membership to learn of their owner.</summary>
    public TimeSpan UnknownOwnerGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most rows of a table, tombstones included: 10 000 services of 10 instances, and as many that went.</summary>
    public int MaxRows { get; init; } = 250_000;

    /// <summary>Most bytes of keys and values of a table.</summary>
    public long MaxTableBytes { get; init; } = 256L << 20;

    /// <summary>Most owners of a table.</summary>
    public int MaxOrigins { get; init; } = 10_000;

    /// <summary>Most rows of one owner in a table: a mad one cannot fill it.</summary>
    public int MaxRowsPerOrigin { get; init; } = 20_000;

    /// <summary>Most rows of a table that wait for their owner to become known.</summary>
    public int MaxWaitingRows { get; init; } = 10_000;

    /// <summary>Most rows that wait to be sent to neighbours; those beyond are left to anti-entropy.</summary>
    public int MaxPendingRows { get; init; } = 16_384;

    /// <summary>Most bytes of a batch to one neighbour: with <see cref="DeltaInterval"/> a link carries 1.25 MiB/s of news at most.</summary>
    public int MaxBatchBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// Claims about owners in one message of anti-entropy, about 18 bytes each: the age of what is known of an owner is at most about
    /// <see cref="SyncInterval"/> x (log2(nodes) + 2 x nodes / this).
    /// </summary>
    public int ClaimsPerMessage { get; init; } = 32;

    /// <summary>Digests that this node answers in one <see cref="SyncInterval"/>; the rest is dropped, and asked again elsewhere.</summary>
    public int MaxAnswersPerInterval { get; init; } = 400;

    /// <summary>Most questions about versions that wait for an answer.</summary>
    public int MaxQuestions { get; init; } = 4096;
}
