namespace Mesh.Actors.Tables;

/// <summary>How new a row is: the epoch of who wrote it, then its sequence under that epoch. No clock has a say.</summary>
/// <param name="Epoch">0 in owner tables, where one process is the only writer.</param>
/// <param name="Sequence">From 1.</param>
public readonly record struct RowVersion(ulong Epoch, ulong Sequence) : IComparable<RowVersion>
{
    public int CompareTo(RowVersion other) => Epoch != other.Epoch ? Epoch.CompareTo(other.Epoch) : Sequence.CompareTo(other.Sequence);

    public static bool operator <(RowVersion left, RowVersion right) => left.CompareTo(right) < 0;

    public static bool operator >(RowVersion left, RowVersion right) => left.CompareTo(right) > 0;

    public static bool operator <=(RowVersion left, RowVersion right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RowVersion left, RowVersion right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Epoch}.{Sequence}";
}
