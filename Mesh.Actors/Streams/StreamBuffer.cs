using System.Runtime.CompilerServices;

namespace Mesh.Actors.Streams;

/// <summary>A bounded queue between who brings elements and who takes them, with an end that is an element of the order: it comes last.</summary>
/// <remarks>Any number of writers, one reader. Nothing is called while the lock is held.</remarks>
internal sealed class StreamBuffer<T>
{
    private readonly Lock _gate = new();
    private readonly LinkedList<T> _items = [];
    private readonly int _capacity;
    private readonly StreamOverflow _overflow;
    private TaskCompletionSource? _reader;
    private TaskCompletionSource? _writers;
    private Exception? _failure;
    private bool _ended;
    private bool _closed;
    private long _dropped;

    public StreamBuffer(int capacity, StreamOverflow overflow)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (_capacity, _overflow) = (capacity, overflow);
    }

    /// <summary>Elements lost to the bound.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public int Count
    {
        get
        {
            lock (_gate) return _items.Count;
        }
    }

    /// <summary>
    /// Brings an element at once, or says that there is no room (only under <see cref="StreamOverflow.Backpressure"/>) or no reader.
    /// </summary>
    public OfferResult TryOffer(T item)
    {
        TaskCompletionSource? reader;
        OfferResult result = OfferResult.Enqueued;
        lock (_gate)
        {
            if (_closed || _ended) return OfferResult.Closed;
            if (_items.Count >= _capacity) result = MakeRoom();
            if (result == OfferResult.Enqueued) _items.AddLast(item);
            reader = TakeReader();
        }

        reader?.TrySetResult();
        return result;
    }

    /// <summary>Brings an element, waiting for room; false when nobody reads any more.</summary>
    public async ValueTask<bool> Offer(T item, CancellationToken cancel)
    {
        while (true)
        {
            Task room;
            lock (_gate)
            {
                bool full = _overflow == StreamOverflow.Backpressure && _items.Count >= _capacity && !_closed && !_ended;
                room = full ? (_writers ??= New()).Task : Task.CompletedTask;
            }

            if (!room.IsCompleted) await room.WaitAsync(cancel).ConfigureAwait(false);
            OfferResult result = TryOffer(item);
            if (result != OfferResult.Full) return result != OfferResult.Closed;
        }
    }

    /// <summary>No element comes after those that wait; then the stream ends, or fails. The first call counts.</summary>
    public void End(Exception? failure = null)
    {
        TaskCompletionSource? reader, writers;
        lock (_gate)
        {
            if (_ended) return;
            (_ended, _failure) = (true, failure);
            (reader, writers) = (TakeReader(), TakeWriters());
        }

        reader?.TrySetResult();
        writers?.TrySetResult();
    }

    /// <summary>Takes one element; false at the end.</summary>
    /// <exception cref="Exception">What the stream failed with, after the last element.</exception>
    public async ValueTask<(bool Is, T Item)> Take(CancellationToken cancel)
    {
        while (true)
        {
            Task wake;
            TaskCompletionSource? writers = null;
            bool found = false;
            T item = default!;
            lock (_gate)
            {
                if (_items.First is { } first)
                {
                    (found, item) = (true, first.Value);
                    _items.RemoveFirst();
                    writers = TakeWriters();
                }
                else if (_ended)
                {
                    return _failure is null ? (false, default!) : throw _failure;
                }

                wake = found ? Task.CompletedTask : (_reader ??= New()).Task;
            }

            writers?.TrySetResult();
            if (found) return (true, item);
            await wake.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Takes an element if one waits.</summary>
    public bool TryTake(out T item)
    {
        TaskCompletionSource? writers;
        lock (_gate)
        {
            if (_items.First is not { } first)
            {
                item = default!;
                return false;
            }

            item = first.Value;
            _items.RemoveFirst();
            writers = TakeWriters();
        }

        writers?.TrySetResult();
        return true;
    }

    /// <summary>Nobody reads any more: what waits is dropped, and writers are told.</summary>
    public void Close()
    {
        TaskCompletionSource? writers;
        lock (_gate)
        {
            _closed = true;
            _items.Clear();
            writers = TakeWriters();
        }

        writers?.TrySetResult();
    }

    /// <summary>All elements, until the end.</summary>
    public async IAsyncEnumerable<T> ReadAllAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        try
        {
            while (await Take(cancel).ConfigureAwait(false) is (true, var item)) yield return item;
        }
        finally
        {
            Close();
        }
    }

    private OfferResult MakeRoom()
    {
        if (_overflow == StreamOverflow.Backpressure) return OfferResult.Full;
        if (_overflow == StreamOverflow.Fail)
        {
            (_ended, _failure) = (true, new StreamOverflowException($"a stream's buffer of {_capacity} elements is full"));
            return OfferResult.Closed;
        }

        Interlocked.Add(ref _dropped, _overflow == StreamOverflow.DropBuffer ? _items.Count : 1);
        if (_overflow == StreamOverflow.DropNew) return OfferResult.Dropped;
        if (_overflow == StreamOverflow.DropHead) _items.RemoveFirst();
        else if (_overflow == StreamOverflow.DropTail) _items.RemoveLast();
        else _items.Clear();
        return OfferResult.Enqueued;
    }

    // Continuations run apart: who completes these holds no lock, but may be an actor in its turn.
    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TaskCompletionSource? TakeReader()
    {
        TaskCompletionSource? reader = _reader;
        _reader = null;
        return reader;
    }

    private TaskCompletionSource? TakeWriters()
    {
        TaskCompletionSource? writers = _writers;
        _writers = null;
        return writers;
    }
}

/// <summary>What became of an offered element.</summary>
public enum OfferResult
{
    /// <summary>It waits; an older one may have been dropped for it.</summary>
    Enqueued,

    /// <summary>It was dropped.</summary>
    Dropped,

    /// <summary>There is no room now.</summary>
    Full,

    /// <summary>The stream is over.</summary>
    Closed,
}
