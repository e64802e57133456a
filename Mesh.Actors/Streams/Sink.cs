namespace Mesh.Actors.Streams;

/// <summary>Where a stream ends. Immutable, shareable.</summary>
public sealed class Sink<T>
{
    internal Sink(Func<Func<CancellationToken, IAsyncEnumerable<T>>, CancellationToken, Task> run) => Run = run;

    internal Func<Func<CancellationToken, IAsyncEnumerable<T>>, CancellationToken, Task> Run { get; }

    internal static Sink<T> Each(Func<T, CancellationToken, ValueTask<bool>> take) => new(async (open, cancel) =>
    {
        await foreach (T item in open(cancel).WithCancellation(cancel).ConfigureAwait(false))
        {
            if (!await take(item, cancel).ConfigureAwait(false)) return;
        }
    });
}

/// <summary>The sinks.</summary>
public static class Sink
{
    public static Sink<T> Ignore<T>() => Sink<T>.Each(static (_, _) => new(true));

    public static Sink<T> ForEach<T>(Action<T> act) => Sink<T>.Each((item, _) =>
    {
        act(item);
        return new(true);
    });

    /// <summary>Awaits each before it takes the next.</summary>
    public static Sink<T> ForEachAsync<T>(Func<T, CancellationToken, Task> act) => Sink<T>.Each(async (item, cancel) =>
    {
        await act(item, cancel).ConfigureAwait(false);
        return true;
    });

    /// <summary>Collects up to so many, then ends the stream.</summary>
    public static Sink<T> Seq<T>(ICollection<T> into, int max) => Sink<T>.Each((item, _) =>
    {
        into.Add(item);
        return new(into.Count < max);
    });

    /// <summary>Tells an actor each element, without waiting: its mailbox bounds it, and what that drops is counted there.</summary>
    public static Sink<T> ActorRef<T>(IActorRef actor) where T : notnull => ForEach<T>(item => actor.Tell(item, null));

    /// <summary>Offers to a queue, as its policy says; ends when the queue's stream is over.</summary>
    public static Sink<T> Queue<T>(SourceQueue<T> queue) => Sink<T>.Each((item, cancel) => queue.OfferAsync(item, cancel));
}
