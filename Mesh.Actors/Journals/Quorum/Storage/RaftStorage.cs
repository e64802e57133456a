using System.Buffers.Binary;
using System.Globalization;
using Mesh.Actors.Control;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Quorum.Storage;

/// <summary>
/// The member's file on a thread of its own, with a second opinion: the node's durable map remembers how many commits the file had, a little late.
/// A file that has fewer than that lost some; one that is not remembered while another is, is not the node's first.
/// </summary>
internal sealed class RaftStorage(string path, ControlLoop loop, IDurableMap map) : IRaftStorage
{
    private const string Bucket = "quorum";

    private readonly StorageThread _thread = new(loop, "mesh-quorum-log");
    private QuorumLog? _log;
    private string _key = "";
    private bool _marking;
    private long _marked;
    private long _generation;

    public void Load(ulong freshId, Action<RaftRecovered?, Exception?> done) => _ = LoadAsync(freshId, done);

    public void Save(RaftWrite write, Action<Exception?> done) => Change(log => log.Save(write), done);

    public void Announce(RaftBase snapshot, Action<Exception?> done) => Change(log => log.Announce(snapshot), done);

    public async ValueTask DisposeAsync()
    {
        await _thread.DisposeAsync().ConfigureAwait(false);
        _log?.Dispose();
    }

    private async Task LoadAsync(ulong freshId, Action<RaftRecovered?, Exception?> done)
    {
        try
        {
            IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> marks = await map.Load(Bucket).ConfigureAwait(false);
            loop.Post(() => _thread.Run(() => Open(freshId, marks), done));
        }
        catch (StorageException failed)
        {
            loop.Post(() => done(null, failed));
        }
    }

    private RaftRecovered Open(ulong freshId, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> marks)
    {
        _log ??= new QuorumLog(path);
        RaftRecovered recovered = _log.Open(freshId, id => MarkOf(marks, id));
        _key = Key(recovered.Id);
        return recovered with { IsReplacement = marks.Any(mark => mark.Key != _key) };
    }

    private static string Key(ulong id) => id.ToString("x16", CultureInfo.InvariantCulture);

    private static long MarkOf(IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> marks, ulong id)
    {
        foreach ((string key, ReadOnlyMemory<byte> value) in marks)
            if (key == Key(id) && value.Length == sizeof(long))
                return BinaryPrimitives.ReadInt64LittleEndian(value.Span);
        return 0;
    }

    private void Change(Func<QuorumLog, bool> change, Action<Exception?> done) => _thread.Run(
        () =>
        {
            QuorumLog log = _log ?? throw new StorageException(StorageFault.Unavailable, $"{path} was not opened");
            change(log);
            return log.Generation;
        },
        (generation, error) =>
        {
            if (error is null) Mark(generation);
            done(error);
        });

    /// <summary>One mark at a time; what came meanwhile is in the next. Only a hint: a mark that fails is not missed.</summary>
    private async void Mark(long generation)
    {
        _generation = generation;
        if (_marking || _marked == _generation) return;
        _marking = true;
        _marked = _generation;
        byte[] value = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(value, _generation);
        try
        {
            await map.Write(Bucket, [new(_key, value)]).ConfigureAwait(false);
        }
        catch (StorageException)
        {
            _marked = 0;
        }

        loop.Post(() =>
        {
            _marking = false;
            if (_marked != 0) Mark(_generation);
        });
    }
}
