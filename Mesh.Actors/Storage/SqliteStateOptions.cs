namespace Mesh.Actors.Storage;

/// <summary>How a node's state file is written.</summary>
public sealed record SqliteStateOptions
{
    /// <summary>Most calls that wait for the file. One more fails as unavailable.</summary>
    public const int MaxWaiting = 4096;

    /// <summary>Most writes committed together: one fsync for all of them.</summary>
    public const int MaxGroup = 256;

    /// <summary>
    /// Buckets whose names begin so may lose their latest writes when the machine (not the process) dies: caches. All others are synced before
    /// a write is done. SQLite's synchronous NORMAL and FULL.
    /// </summary>
    public EquatableList<string> RelaxedPrefixes { get; init; } = ["table/", "table-aside/"];

    /// <summary>Most pages of 4 KiB that the file may have; null: as many as the disk holds.</summary>
    public int? MaxPages { get; init; }

    internal bool IsRelaxed(string bucket)
    {
        foreach (string prefix in RelaxedPrefixes)
            if (bucket.StartsWith(prefix, StringComparison.Ordinal)) return true;
        return false;
    }
}
