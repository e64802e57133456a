using System.Collections.Immutable;
using Mesh.Actors.Journals.Quorum.Protocol;

namespace Mesh.Actors.Journals.Quorum.Raft;

/// <summary>The log as a member holds it in memory: what follows the base. What of it is durable, the core counts.</summary>
internal sealed class RaftLog
{
    private readonly List<RaftEntry> _entries = [];

    public RaftLog(RaftPosition start, IEnumerable<RaftEntry> entries)
    {
        Base = start;
        foreach (RaftEntry entry in entries) Append(entry);
    }

    /// <summary>The place before the first entry that is kept.</summary>
    public RaftPosition Base { get; private set; }

    public long LastIndex => Base.Index + _entries.Count;

    public long LastTerm => _entries.Count == 0 ? Base.Term : _entries[^1].Term;

    /// <summary>Bytes of payload that are kept.</summary>
    public long Bytes { get; private set; }

    public int Count => _entries.Count;

    public RaftEntry this[long index] => _entries[(int)(index - Base.Index - 1)];

    /// <summary>Null below the base and above the end.</summary>
    public long? TermAt(long index)
    {
        if (index < Base.Index || index > LastIndex) return null;
        return index == Base.Index ? Base.Term : this[index].Term;
    }

    /// <summary>Whether a log that ends there knows at least as much as this one: the later term wins, then the longer log.</summary>
    public bool IsUpToDate(long index, long term) => term > LastTerm || (term == LastTerm && index >= LastIndex);

    public void Append(RaftEntry entry)
    {
        if (entry.Index != LastIndex + 1) throw new InvalidOperationException($"entry {entry.Index} cannot follow {LastIndex}");
        _entries.Add(entry);
        Bytes += entry.Data.Length;
    }

    public void TruncateFrom(long index)
    {
        int from = (int)(index - Base.Index - 1);
        for (int i = from; i < _entries.Count; i++) Bytes -= _entries[i].Data.Length;
        _entries.RemoveRange(from, _entries.Count - from);
    }

    public void CompactTo(long index)
    {
        var start = new RaftPosition(index, TermAt(index)!.Value);
        int count = (int)(index - Base.Index);
        for (int i = 0; i < count; i++) Bytes -= _entries[i].Data.Length;
        _entries.RemoveRange(0, count);
        Base = start;
    }

    public void Reset(RaftPosition start)
    {
        _entries.Clear();
        Bytes = 0;
        Base = start;
    }

    /// <summary>Entries from an index on, within both bounds; one bigger entry comes alone.</summary>
    public ImmutableArray<RaftEntry> Slice(long from, long to, int maxCount, int maxBytes)
    {
        ImmutableArray<RaftEntry>.Builder slice = ImmutableArray.CreateBuilder<RaftEntry>();
        long bytes = 0;
        for (long index = from; index <= Math.Min(to, LastIndex) && slice.Count < maxCount; index++)
        {
            RaftEntry entry = this[index];
            bytes += entry.Data.Length;
            if (slice.Count > 0 && bytes > maxBytes) break;
            slice.Add(entry);
        }

        return slice.ToImmutable();
    }

    /// <summary>
    /// The last place at or below an index whose term is not above a term: where this log may agree with one that has that term there.
    /// A whole term is skipped in one exchange (thesis 5.3's optimisation).
    /// </summary>
    public RaftPosition Hint(long index, long term)
    {
        long at = Math.Min(index, LastIndex);
        while (at > Base.Index && this[at].Term > term) at--;
        return new RaftPosition(at, at < Base.Index ? 0 : TermAt(at)!.Value);
    }
}
