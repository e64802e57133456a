using System.Text;

namespace Mesh.Actors.Journals.Postgres;

/// <summary>The order that PostgreSQL's collation "C" gives: by UTF-8 bytes. UTF-16's ordinal order differs beyond the basic plane.</summary>
internal static class Utf8Order
{
    public static readonly Comparer<string> Comparer = Comparer<string>.Create(
        static (one, other) => Encoding.UTF8.GetBytes(one).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other)));
}
