using System.Threading.Channels;

namespace Mesh.Actors.Streams;

/// <summary>A recipe for a stream of elements; each run makes its own. Immutable, shareable.</summary>
/// <typeparam name="T">The elements.</typeparam>
public sealed class Source<T>
{
    internal Source(Func<CancellationToken, IAsyncEnumerable<T>> open) => Open = open;

    /// <summary>Begins a stream; the token ends it.</summary>
    internal Func<CancellationToken, IAsyncEnumerable<T>> Open { get; }

    /// <summary>This stream as the flow makes it.</summary>
    public Source<TOut> Via<TOut>(Flow<T, TOut> flow) => new(cancel => flow.Apply(Open(cancel), cancel));

    /// <summary>Runs until the source ends, the sink has enough, or the token is cancelled (then the task is cancelled too).</summary>
    public Task RunWith(Sink<T> sink, CancellationToken cancel = default) => sink.Run(Open, cancel);
}

/// <summary>Where streams begin.</summary>
public static class Source
{
    public static Source<T> From<T>(IEnumerable<T> items) => new(cancel => Enumerate(items, cancel));

    /// <summary>Each run asks the function for a stream.</summary>
    public static Source<T> From<T>(Func<CancellationToken, IAsyncEnumerable<T>> open) => new(open);

    public static Source<T> Empty<T>() => From(Array.Empty<T>());

    public static Source<T> Failed<T>(Exception cause) => new(_ => Fail<T>(cause));

    /// <summary>The element at once and after every interval; ticks that nobody took in time are skipped, not stored.</summary>
    public static Source<T> Tick<T>(TimeSpan interval, T element, TimeProvider time) => new(cancel => Ticks(interval, element, time, cancel));

    /// <summary>A queue that anybody may offer to, and the source of one run that takes from it.</summary>
    /// <param name="capacity">Elements that may wait, from 1.</param>
    /// <param name="overflow">What happens beyond.</param>
    public static (SourceQueue<T> Queue, Source<T> Source) Queue<T>(int capacity, StreamOverflow overflow)
    {
        var queue = new SourceQueue<T>(capacity, overflow);
        return (queue, new Source<T>(cancel => queue.Buffer.ReadAllAsync(cancel)));
    }

    /// <summary>What a channel gives; one run takes it all.</summary>
    public static Source<T> FromChannel<T>(ChannelReader<T> reader) => new(reader.ReadAllAsync);

    private static async IAsyncEnumerable<T> Enumerate<T>(
        IEnumerable<T> items, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (T item in items)
        {
            cancel.ThrowIfCancellationRequested();
            yield return item;
        }
    }

    private static async IAsyncEnumerable<T> Fail<T>(Exception cause)
    {
        await Task.FromException(cause).ConfigureAwait(false);
        yield break;
    }

    private static async IAsyncEnumerable<T> Ticks<T>(
        TimeSpan interval, T element, TimeProvider time, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        yield return element;
        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false)) yield return element;
    }
}
