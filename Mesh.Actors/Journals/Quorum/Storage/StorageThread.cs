using System.Collections.Concurrent;
using Mesh.Actors.Control;

namespace Mesh.Actors.Journals.Quorum.Storage;

/// <summary>A thread of its own for one disk's work. No pool thread: a starved pool must not stop votes.</summary>
internal sealed class StorageThread : IBlockingWork, IAsyncDisposable
{
    /// <summary>Calls that wait. The members ask for one write, one apply and one piece of a snapshot at a time, and for reads.</summary>
    public const int MaxQueued = 8192;

    private readonly ControlLoop _loop;
    private readonly BlockingCollection<Action> _queue = new(MaxQueued);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StorageThread(ControlLoop loop, string name)
    {
        _loop = loop;
        new Thread(Work) { IsBackground = true, Name = name }.Start();
    }

    public void Run<T>(Func<T> work, Action<T?, Exception?> done)
    {
        bool taken;
        try
        {
            taken = _queue.TryAdd(() => RunNow(work, done));
        }
        catch (InvalidOperationException)
        {
            taken = false;
        }

        if (!taken) _loop.Post(() => done(default, new InvalidOperationException("the storage thread is closed, or far behind")));
    }

    /// <summary>Ends after what was asked for before.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        await _ended.Task.ConfigureAwait(false);
        _queue.Dispose();
    }

    private void Work()
    {
        foreach (Action action in _queue.GetConsumingEnumerable()) action();
        _ended.SetResult();
    }

    private void RunNow<T>(Func<T> work, Action<T?, Exception?> done)
    {
        T? result = default;
        Exception? error = null;
        try
        {
            result = work();
        }
        catch (Exception thrown)
        {
            error = thrown;
        }

        _loop.Post(() => done(result, error));
    }
}
