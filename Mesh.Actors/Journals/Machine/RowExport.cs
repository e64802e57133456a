using Google.Protobuf;
using Mesh.Actors.Journals.Protocol;

namespace Mesh.Actors.Journals.Machine;

/// <summary>Packs rows into pieces of about a size and ends with their count.</summary>
internal sealed class RowExport(AppliedMark applied, IEnumerable<JournalRow> rows, int chunkBytes, Action? dispose = null) : IJournalExport
{
    private readonly IEnumerator<JournalRow> _rows = rows.GetEnumerator();
    private JournalRow? _held;
    private long _count;
    private bool _ended;

    public AppliedMark Applied => applied;

    public ReadOnlyMemory<byte>? Next()
    {
        if (_ended) return null;
        JournalChunk chunk = new();
        int bytes = 0;
        while (_held is not null || _rows.MoveNext())
        {
            JournalRow row = _held ?? _rows.Current;
            _held = null;
            int size = row.CalculateSize();
            if (chunk.Rows.Count > 0 && bytes + size > chunkBytes)
            {
                _held = row;
                return chunk.ToByteArray();
            }

            bytes += size;
            _count++;
            chunk.Rows.Add(row);
        }

        _ended = true;
        chunk.Rows.Add(new JournalRow { End = new EndRow { Rows = _count, AppliedIndex = applied.Index, AppliedTerm = applied.Term } });
        return chunk.ToByteArray();
    }

    public void Dispose()
    {
        _ended = true;
        _rows.Dispose();
        dispose?.Invoke();
    }
}
