using System.Buffers.Binary;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Sqlite;

/// <summary>Keeps the pieces of a state in a file until the last is there, so that memory holds one piece at a time.</summary>
internal sealed class SqliteImport(string path, Action<IEnumerable<JournalRow>, AppliedMark> replace) : IJournalImport
{
    private const int LengthBytes = 4;

    private readonly ChunkReader _reader = new();
    private FileStream? _file;

    public void Add(ReadOnlyMemory<byte> chunk)
    {
        _reader.Read(chunk);
        try
        {
            _file ??= new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
            Span<byte> length = stackalloc byte[LengthBytes];
            BinaryPrimitives.WriteInt32LittleEndian(length, chunk.Length);
            _file.Write(length);
            _file.Write(chunk.Span);
        }
        catch (IOException failed)
        {
            throw new StorageException(StorageFault.Full, $"The state of another node could not be kept in {path}: {failed.Message}.", failed);
        }
    }

    public void Complete()
    {
        AppliedMark applied = _reader.Complete();
        replace(Rows(), applied);
    }

    public void Dispose() => _file?.Dispose();

    private IEnumerable<JournalRow> Rows()
    {
        _file!.Position = 0;
        byte[] length = new byte[LengthBytes];
        while (_file.ReadAtLeast(length, LengthBytes, throwOnEndOfStream: false) == LengthBytes)
        {
            byte[] chunk = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
            _file.ReadExactly(chunk);
            foreach (JournalRow row in JournalChunk.Parser.ParseFrom(chunk).Rows) yield return row;
        }
    }
}
