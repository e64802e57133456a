namespace Mesh.Actors.Membership.Records;

/// <summary>How two words of one observer about one subject merge.</summary>
internal static class RowMerge
{
    /// <summary>The higher version; ties, which only a defect makes, by the graver word, so that all nodes come to the same.</summary>
    public static ReachabilityRow Later(ReachabilityRow one, ReachabilityRow other)
    {
        if (one.Version != other.Version) return one.Version > other.Version ? one : other;
        if (one.Status != other.Status) return one.Status > other.Status ? one : other;
        return one.SubjectIncarnation >= other.SubjectIncarnation ? one : other;
    }

    public static ulong Hash(ReachabilityRow row)
    {
        var hash = new StableHash();
        hash.Add(row.Observer.Uid);
        hash.Add(row.Subject.Uid);
        hash.Add(row.SubjectIncarnation);
        hash.Add((ulong)row.Status);
        hash.Add(row.Version);
        return hash.Value;
    }
}
