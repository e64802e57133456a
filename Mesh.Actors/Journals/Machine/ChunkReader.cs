using Google.Protobuf;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Machine;

/// <summary>Reads the pieces of a state and sees to it that none is missing.</summary>
internal sealed class ChunkReader
{
    private long _count;
    private EndRow? _end;

    /// <summary>The rows of a piece, the end among them.</summary>
    /// <exception cref="StorageException"><see cref="StorageFault.Corrupt"/> or <see cref="StorageFault.TooNew"/>.</exception>
    public IReadOnlyList<JournalRow> Read(ReadOnlyMemory<byte> chunk)
    {
        if (_end is not null) throw Corrupt("a piece came after the last");
        JournalChunk read;
        try
        {
            read = JournalChunk.Parser.ParseFrom(chunk.Span);
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw Corrupt("a piece is malformed", malformed);
        }

        foreach (JournalRow row in read.Rows)
        {
            if (row.RowCase == JournalRow.RowOneofCase.None) throw JournalMessages.Unknown();
            if (_end is not null) throw Corrupt("a row came after the last");
            if (row.RowCase == JournalRow.RowOneofCase.End) _end = row.End;
            else _count++;
        }

        return read.Rows;
    }

    /// <exception cref="StorageException"><see cref="StorageFault.Corrupt"/>: the end or rows before it are missing.</exception>
    public AppliedMark Complete()
    {
        if (_end is null) throw Corrupt("its end is missing");
        if (_end.Rows != _count) throw Corrupt($"it has {_count} rows instead of {_end.Rows}");
        return new AppliedMark(_end.AppliedIndex, _end.AppliedTerm);
    }

    private static StorageException Corrupt(string what, Exception? inner = null) =>
        new(
        StorageFault.Corrupt, $"A journal's state that another node sent was not taken: {what}. The old state stays; it will be sent again.", inner);
}
