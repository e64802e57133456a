using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Mesh.Actors.Streams;

/// <summary>Many streams into one: whoever runs with <see cref="Sink"/> joins it, and waits when the one consumer is slow.</summary>
public sealed class MergeHub<T>
{
    private readonly StreamBuffer<T> _buffer;

    /// <param name="capacity">Elements of all producers together that may wait.</param>
    public MergeHub(int capacity)
    {
        SourceOperators.CheckSize(capacity);
        _buffer = new StreamBuffer<T>(capacity, StreamOverflow.Backpressure);
        Source = new Source<T>(_buffer.ReadAllAsync);
        Sink = Sink<T>.Each((item, cancel) => _buffer.Offer(item, cancel));
    }

    /// <summary>What all bring, in the order in which it came; one run.</summary>
    public Source<T> Source { get; }

    /// <summary>For any number of runs. A producer that ends or fails leaves the others alone; all end when the consumer does.</summary>
    public Sink<T> Sink { get; }

    /// <summary>Ends the hub's source after what waits.</summary>
    public void Complete() => _buffer.End();
}

/// <summary>One stream to many: each consumer gets what comes from the moment it joins.</summary>
/// <remarks>
/// Every consumer has a buffer of its own. With <see cref="StreamOverflow.Backpressure"/> the slowest sets the pace of all; with a dropping policy
/// it loses elements, and with <see cref="StreamOverflow.Fail"/> it alone fails.
/// </remarks>
public sealed class BroadcastHub<T>
{
    private readonly Lock _gate = new();
    private readonly int _maxConsumers;
    private ImmutableArray<StreamBuffer<T>> _consumers = [];
    private (bool Ended, Exception? Failure) _end;

    /// <param name="capacity">Elements that may wait for one consumer.</param>
    /// <param name="overflow">What happens beyond.</param>
    /// <param name="maxConsumers">Consumers at a time; one more is refused.</param>
    public BroadcastHub(int capacity, StreamOverflow overflow, int maxConsumers)
    {
        SourceOperators.CheckSize(capacity);
        _maxConsumers = maxConsumers;
        Sink = new Sink<T>(RunAsync);
        Source = new Source<T>(cancel => Consume(new StreamBuffer<T>(capacity, overflow), cancel));
    }

    /// <summary>Takes the stream that is to be spread; its end ends all consumers.</summary>
    public Sink<T> Sink { get; }

    /// <summary>Each run is a consumer.</summary>
    public Source<T> Source { get; }

    /// <summary>Consumers now.</summary>
    public int Consumers => _consumers.Length;

    private async Task RunAsync(Func<CancellationToken, IAsyncEnumerable<T>> open, CancellationToken cancel)
    {
        try
        {
            await foreach (T item in open(cancel).WithCancellation(cancel).ConfigureAwait(false))
            {
                foreach (StreamBuffer<T> consumer in _consumers) await consumer.Offer(item, cancel).ConfigureAwait(false);
            }

            End(null);
        }
        catch (Exception fault)
        {
            End(fault);
            throw;
        }
    }

    private async IAsyncEnumerable<T> Consume(StreamBuffer<T> buffer, [EnumeratorCancellation] CancellationToken cancel)
    {
        lock (_gate)
        {
            if (_consumers.Length >= _maxConsumers)
                throw new InvalidOperationException($"the hub has {_maxConsumers} consumers, the most there may be");
            if (_end.Ended) buffer.End(_end.Failure);
            else _consumers = _consumers.Add(buffer);
        }

        try
        {
            while (await buffer.Take(cancel).ConfigureAwait(false) is (true, var item)) yield return item;
        }
        finally
        {
            lock (_gate) _consumers = _consumers.Remove(buffer);
            buffer.Close();
        }
    }

    private void End(Exception? failure)
    {
        ImmutableArray<StreamBuffer<T>> consumers;
        lock (_gate)
        {
            _end = (true, failure);
            consumers = _consumers;
        }

        foreach (StreamBuffer<T> consumer in consumers) consumer.End(failure);
    }
}
