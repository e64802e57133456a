using Mesh.Actors.Journals.Protocol;

namespace Mesh.Actors.Journals.Machine;

/// <summary>Collects the rows of another's state for a machine in memory.</summary>
internal sealed class MemoryImport(Action<JournalRows> replace) : IJournalImport
{
    private readonly ChunkReader _reader = new();
    private readonly JournalRows _rows = new();

    public void Add(ReadOnlyMemory<byte> chunk)
    {
        foreach (JournalRow row in _reader.Read(chunk)) _rows.Add(row);
    }

    public void Complete()
    {
        _reader.Complete();
        replace(_rows);
    }

    public void Dispose() { }
}
