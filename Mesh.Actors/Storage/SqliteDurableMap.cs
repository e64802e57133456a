using System.Collections.Concurrent;
using System.Globalization;

namespace Mesh.Actors.Storage;

/// <summary>The node's own memory in one SQLite file, <c>state.db</c>: WAL, one thread that writes, all that waits committed together.</summary>
/// <remarks>
/// Any thread. Reads go through the same thread, in turn, so that a reader sees what was written before it asked. A second process, or a second
/// map of this one, is refused while this one lives.
/// </remarks>
public sealed class SqliteDurableMap : IDurableMap, IDisposable
{
    private readonly SqliteStateFile _file;
    private readonly SqliteStateOptions _options;
    private readonly string _path;
    private readonly BlockingCollection<Call> _calls = new(SqliteStateOptions.MaxWaiting);
    private readonly Thread _thread;

    private SqliteDurableMap(string path, SqliteStateFile file, SqliteStateOptions options)
    {
        (_path, _file, _options) = (path, file, options);
        _thread = new Thread(Work) { IsBackground = true, Name = "mesh state.db" };
        _thread.Start();
    }

    /// <summary>Opens the file, makes or migrates it, and checks that it is sound. Blocks on the disk.</summary>
    /// <param name="path">The file; its directory exists.</param>
    /// <param name="options">Null: the usual.</param>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.InUse"/>, <see cref="StorageFault.Corrupt"/>, <see cref="StorageFault.TooNew"/>, <see cref="StorageFault.Full"/>, or
    /// <see cref="StorageFault.Unavailable"/>; the text says what to do.
    /// </exception>
    public static SqliteDurableMap Open(string path, SqliteStateOptions? options = null)
    {
        options ??= new SqliteStateOptions();
        return new SqliteDurableMap(path, SqliteStateFile.Open(path, options), options);
    }

    /// <summary>Renames a file that cannot be used, with its log, to <c>PATH.corrupt-TIME</c>; the next <see cref="Open"/> makes a new one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="time">For the name.</param>
    /// <returns>The new name; null when there was no file.</returns>
    /// <remarks>
    /// The caller's choice, never ours: with the file go the node's votes, and a voter that forgets may vote twice. Only while nobody has it open.
    /// </remarks>
    public static string? SetAside(string path, DateTimeOffset time)
    {
        string aside = path + ".corrupt-" + time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        string name = aside;
        for (int again = 2; File.Exists(name); again++) name = string.Create(CultureInfo.InvariantCulture, $"{aside}-{again}");
        bool moved = false;
        foreach (string suffix in (string[])["-wal", "-shm", ""])
        {
            if (!File.Exists(path + suffix)) continue;
            File.Move(path + suffix, name + suffix);
            moved = true;
        }

        return moved ? name : null;
    }

    public ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> Load(string bucket)
    {
        var call = new LoadCall(bucket);
        Add(call);
        return new ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>>(call.Done.Task);
    }

    public ValueTask Write(string bucket, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>?>> changes)
    {
        var call = new WriteCall(new SqliteWrite(bucket, changes), _options.IsRelaxed(bucket));
        Add(call);
        return new ValueTask(call.Done.Task);
    }

    /// <summary>Finishes what waits, then closes the file. Blocks on the disk.</summary>
    public void Dispose()
    {
        if (_calls.IsAddingCompleted) return;
        _calls.CompleteAdding();
        _thread.Join();
        _file.Dispose();
        _calls.Dispose();
    }

    private void Add(Call call)
    {
        try
        {
            if (_calls.TryAdd(call)) return;
            call.Fail(new StorageException(StorageFault.Unavailable, $"{_path}: {SqliteStateOptions.MaxWaiting} calls wait for the disk already"));
        }
        catch (Exception problem) when (problem is InvalidOperationException or ObjectDisposedException)
        {
            call.Fail(new StorageException(StorageFault.Unavailable, $"{_path}: the node is stopping", problem));
        }
    }

    private void Work()
    {
        List<WriteCall> group = [];
        foreach (Call call in _calls.GetConsumingEnumerable())
        {
            if (call is WriteCall first)
            {
                group.Add(first);
                Call? other = null;
                while (group.Count < SqliteStateOptions.MaxGroup && _calls.TryTake(out other))
                {
                    if (other is not WriteCall write) break;
                    group.Add(write);
                    other = null;
                }

                Commit(group);
                group.Clear();
                if (other is LoadCall load) Read(load);
            }
            else
            {
                Read((LoadCall)call);
            }
        }
    }

    /// <summary>One transaction for all; if that fails, one each, so that nobody fails for another's write.</summary>
    private void Commit(List<WriteCall> group)
    {
        try
        {
            _file.Write([.. group.Select(call => call.Write)], group.TrueForAll(call => call.IsRelaxed));
        }
        catch (StorageException) when (group.Count > 1)
        {
            foreach (WriteCall call in group) Commit([call]);
            return;
        }
        catch (Exception problem)
        {
            foreach (WriteCall call in group) call.Fail(problem);
            return;
        }

        foreach (WriteCall call in group) call.Done.TrySetResult();
    }

    private void Read(LoadCall call)
    {
        try
        {
            call.Done.TrySetResult(_file.Load(call.Bucket));
        }
        catch (Microsoft.Data.Sqlite.SqliteException problem)
        {
            call.Fail(SqliteFaults.Name(_path, problem));
        }
        catch (Exception problem)
        {
            call.Fail(problem);
        }
    }

    private abstract class Call
    {
        public abstract void Fail(Exception problem);
    }

    private sealed class LoadCall(string bucket) : Call
    {
        public string Bucket { get; } = bucket;

        public TaskCompletionSource<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> Done { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Fail(Exception problem) => Done.TrySetException(problem);
    }

    private sealed class WriteCall(SqliteWrite write, bool isRelaxed) : Call
    {
        public SqliteWrite Write { get; } = write;

        public bool IsRelaxed { get; } = isRelaxed;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Fail(Exception problem) => Done.TrySetException(problem);
    }
}
