using System.Buffers.Binary;
using Google.Protobuf;
using Mesh.Actors.Tables.Protocol;

namespace Mesh.Actors.Tables;

/// <summary>
/// The arithmetic of anti-entropy: which buckets differ, what is in them, what the other lacks. Pure. Ids order the rows, and buckets are
/// ranges of ids, so that one number says how far an exchange has come, however big a table is.
/// </summary>
internal static class Digests
{
    /// <summary>One entry: id and row hash.</summary>
    public const int EntryBytes = 16;

    /// <summary>Most entries of a digest, 48 000 bytes.</summary>
    public const int MaxEntries = 3000;

    private const int MaskBytes = Replica.Buckets / 8;

    /// <summary>The buckets whose hashes differ, as a mask; null when the other's hashes are malformed.</summary>
    public static byte[]? Differing(Replica replica, ByteString hashes)
    {
        if (hashes.Length != Replica.Buckets * 8) return null;
        var mask = new byte[MaskBytes];
        for (int i = 0; i < Replica.Buckets; i++)
            if (BinaryPrimitives.ReadUInt64LittleEndian(hashes.Span[(i * 8)..]) != replica.HashOf(i)) mask[i / 8] |= (byte)(1 << (i % 8));
        return mask;
    }

    public static int BucketsOf(ReadOnlySpan<byte> mask)
    {
        int count = 0;
        foreach (byte each in mask) count += System.Numerics.BitOperations.PopCount(each);
        return count;
    }

    /// <summary>What is here in the masked buckets above an id, as far as one message goes.</summary>
    public static SyncDigest Build(Replica replica, string table, uint exchange, byte[] mask, ulong after, int maxEntries)
    {
        using var bytes = new MemoryStream();
        Span<byte> pair = stackalloc byte[EntryBytes];
        ulong through = ulong.MaxValue;
        ulong last = after;
        foreach (TableRow row in Within(replica, mask, after, ulong.MaxValue))
        {
            if (bytes.Length >= maxEntries * EntryBytes)
            {
                through = last;
                break;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(pair, row.Id);
            BinaryPrimitives.WriteUInt64LittleEndian(pair[8..], row.Hash);
            bytes.Write(pair);
            last = row.Id;
        }

        return new SyncDigest
        {
            Table = table,
            Exchange = exchange,
            Mask = UnsafeByteOperations.UnsafeWrap(mask),
            After = after,
            Through = through,
            Entries = ByteString.CopyFrom(bytes.ToArray()),
        };
    }

    /// <summary>What the asker lacks or has otherwise, and what we lack; null when the digest is malformed.</summary>
    public static SyncRows? Answer(Replica replica, SyncDigest digest, TimeSpan now)
    {
        if (digest.Mask.Length != MaskBytes || digest.Through < digest.After) return null;
        if (!TryRead(digest, out List<(ulong Id, ulong Hash)> theirs)) return null;
        var answer = new SyncRows { Table = digest.Table, Exchange = digest.Exchange, Through = digest.Through };
        using var wanted = new MemoryStream();
        int used = 0, next = 0;
        ulong done = digest.After;
        using IEnumerator<TableRow> ours = Within(replica, digest.Mask.ToByteArray(), digest.After, digest.Through).GetEnumerator();
        TableRow? row = ours.MoveNext() ? ours.Current : null;
        while (row is not null || next < theirs.Count)
        {
            bool lacking = row is null || (next < theirs.Count && theirs[next].Id < row.Id);
            ulong id = lacking ? theirs[next].Id : row!.Id;
            bool alike = !lacking && next < theirs.Count && theirs[next].Id == id && theirs[next].Hash == row!.Hash;
            int cost = alike ? 0 : lacking ? 8 : row!.Bytes;
            if (used > 0 && used + cost > TableSettings.MaxMessageBytes)
            {
                answer.Through = done;
                break;
            }

            used += cost;
            done = id;
            if (lacking) WriteId(wanted, id);
            else if (!alike) answer.Rows.Add(RowWire.Write(row!, now));
            if (next < theirs.Count && theirs[next].Id == id) next++;
            if (!lacking) row = ours.MoveNext() ? ours.Current : null;
        }

        answer.Wanted = ByteString.CopyFrom(wanted.ToArray());
        return answer;
    }

    /// <summary>Ids from 8-byte words; what is left over is ignored.</summary>
    public static IEnumerable<ulong> ReadIds(ByteString bytes)
    {
        for (int i = 0; i + 8 <= bytes.Length; i += 8) yield return BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span[i..]);
    }

    private static void WriteId(MemoryStream to, ulong id)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, id);
        to.Write(bytes);
    }

    private static bool TryRead(SyncDigest digest, out List<(ulong Id, ulong Hash)> entries)
    {
        entries = [];
        ReadOnlySpan<byte> bytes = digest.Entries.Span;
        if (bytes.Length % EntryBytes != 0 || bytes.Length > MaxEntries * EntryBytes) return false;
        ulong last = digest.After;
        for (int i = 0; i < bytes.Length; i += EntryBytes)
        {
            ulong id = BinaryPrimitives.ReadUInt64LittleEndian(bytes[i..]);
            if (id <= last || id > digest.Through) return false;
            entries.Add((id, BinaryPrimitives.ReadUInt64LittleEndian(bytes[(i + 8)..])));
            last = id;
        }

        return true;
    }

    /// <summary>Shared rows of the masked buckets with after &lt; id &lt;= through, by id.</summary>
    private static IEnumerable<TableRow> Within(Replica replica, byte[] mask, ulong after, ulong through)
    {
        for (int bucket = Replica.BucketOf(after); bucket <= Replica.BucketOf(through); bucket++)
        {
            if ((mask[bucket / 8] & (1 << (bucket % 8))) == 0) continue;
            foreach (TableRow row in replica.RowsOf(bucket))
                if (row.IsShared && row.Id > after && row.Id <= through) yield return row;
        }
    }
}
