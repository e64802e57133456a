namespace Mesh.Actors.Membership.Records;

/// <summary>
/// 64 sums over all records, by subject: two nodes that know the same have the same, and where one differs the difference lies in a 64th part of
/// the subjects. Sums do not depend on order and are kept up as records come and go.
/// </summary>
internal sealed class BucketHashes
{
    public const int Count64 = 64;

    private readonly ulong[] _sums = new ulong[Count64];

    public ReadOnlySpan<ulong> Sums => _sums;

    public static int BucketOf(ulong uid) => (int)(StableHash.Mix(uid) >> 58);

    public void Count(ulong subject, ulong hash, bool remove)
    {
        if (remove) _sums[BucketOf(subject)] -= hash;
        else _sums[BucketOf(subject)] += hash;
    }

    /// <summary>Bit i is set when bucket i differs. All are, when the other side counts otherwise than we do.</summary>
    public ulong Differences(IReadOnlyList<ulong> other)
    {
        if (other.Count != Count64) return ulong.MaxValue;
        ulong mask = 0;
        for (int i = 0; i < Count64; i++)
        {
            if (other[i] != _sums[i]) mask |= 1UL << i;
        }

        return mask;
    }

    public static bool IsIn(ulong uid, ulong mask) => (mask >> BucketOf(uid) & 1) != 0;
}
