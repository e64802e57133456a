using System.Collections.Concurrent;

namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>Takes full buffers from the loops and writes them, one pass after the other, on a thread of the pool.</summary>
/// <remarks>
/// Handing over never waits: a queue without locks, and one piece of work for the pool at a time. When a write hangs, the queue holds as many
/// buffers as there are, then lines are dropped where they arise.
/// </remarks>
internal sealed class LogWriter(string name, ILogTarget target, LineBufferPool pool, Action collect, Action<string> report) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<LineBuffer> _full = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _flushes = new();
    private readonly List<LineBuffer> _batch = [];
    private int _scheduled;
    private int _due;
    private bool _failing;
    private bool _mayTry = true;
    private long _lostBefore;
    private long _lines;
    private long _lost;
    private long _failures;
    private volatile bool _closing;
    private bool _closed;

    /// <summary>Lines written.</summary>
    public long Lines => Volatile.Read(ref _lines);

    /// <summary>Lines that could not be written.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Writes, and attempts to open, that failed.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>From any thread; never waits.</summary>
    public void Enqueue(LineBuffer buffer)
    {
        _full.Enqueue(buffer);
        Schedule();
    }

    /// <summary>Time to write also what has not filled a buffer. From any thread; never waits.</summary>
    public void Tick()
    {
        Volatile.Write(ref _due, 1);
        Schedule();
    }

    /// <summary>Completes when what was logged before the call is written, or known to be lost.</summary>
    public Task FlushAsync()
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _flushes.Enqueue(done);
        Schedule();
        return done.Task;
    }

    /// <summary>The same, and the target is closed: lines that come later are lost, and counted.</summary>
    public Task CloseAsync()
    {
        _closing = true;
        return FlushAsync();
    }

    public void Execute()
    {
        try
        {
            Pass();
        }
        finally
        {
            Interlocked.Exchange(ref _scheduled, 0);
            if (!_full.IsEmpty || !_flushes.IsEmpty || Volatile.Read(ref _due) != 0) Schedule();
        }
    }

    private void Schedule()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void Pass()
    {
        int flushes = _flushes.Count;
        bool closing = _closing && flushes > 0;
        if (Interlocked.Exchange(ref _due, 0) != 0 || flushes > 0)
        {
            collect();
            Maintain();
        }

        WriteBatch();
        if (closing && !_closed)
        {
            _closed = true;
            target.Dispose();
        }

        for (; flushes > 0 && _flushes.TryDequeue(out TaskCompletionSource? done); flushes--) done.TrySetResult();
    }

    /// <summary>By number: while the writer held a begun buffer in its hand, its loop may have handed over the one after it.</summary>
    private void WriteBatch()
    {
        for (int count = _full.Count; count > 0 && _full.TryDequeue(out LineBuffer? buffer); count--) _batch.Add(buffer);
        _batch.Sort(static (one, other) => one.Number.CompareTo(other.Number));
        foreach (LineBuffer buffer in _batch) Write(buffer);
        _batch.Clear();
    }

    /// <summary>While the target fails, one attempt a tick is enough.</summary>
    private void Maintain()
    {
        _mayTry = true;
        if (_closed) return;
        try
        {
            target.Maintain();
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    private void Write(LineBuffer buffer)
    {
        bool written = !_closed && _mayTry && TryWrite(buffer);
        if (written) Volatile.Write(ref _lines, _lines + buffer.Lines);
        else Volatile.Write(ref _lost, _lost + buffer.Lines);
        pool.Return(buffer);
    }

    private bool TryWrite(LineBuffer buffer)
    {
        try
        {
            target.Write(buffer.Written);
        }
        catch (Exception error)
        {
            Fail(error);
            return false;
        }

        if (_failing) report($"access log {name} is written again; {_lost - _lostBefore} lines are lost");
        _failing = false;
        return true;
    }

    private void Fail(Exception error)
    {
        Volatile.Write(ref _failures, _failures + 1);
        _mayTry = false;
        if (_failing) return;
        _failing = true;
        _lostBefore = _lost;
        report($"access log {name} cannot be written, its lines are lost until it can: {error.Message}");
    }
}
