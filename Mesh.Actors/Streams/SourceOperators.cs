namespace Mesh.Actors.Streams;

/// <summary>The operators, on sources; <see cref="Flow.From"/> makes flows of chains of them.</summary>
public static class SourceOperators
{
    /// <summary>Longest buffer of a stream, elements: more is a queue that somebody else should own.</summary>
    public const int MaxBuffer = 1 << 20;

    public static Source<TOut> Select<TIn, TOut>(this Source<TIn> source, Func<TIn, TOut> map) => source.Via(Flow.Select(map));

    public static Source<T> Where<T>(this Source<T> source, Func<T, bool> keep) => source.Via(Flow.Where(keep));

    public static Source<TOut> SelectMany<TIn, TOut>(this Source<TIn> source, Func<TIn, IEnumerable<TOut>> expand) =>
        source.Via(Flow.SelectMany(expand));

    public static Source<TState> Scan<TIn, TState>(this Source<TIn> source, TState seed, Func<TState, TIn, TState> fold) =>
        source.Via(Flow.Scan(seed, fold));

    public static Source<T> Take<T>(this Source<T> source, int count) => source.Via(Flow.Take<T>(count));

    /// <summary>Maps with tasks, so many at a time; results come in the order of the elements.</summary>
    public static Source<TOut> SelectAsync<TIn, TOut>(this Source<TIn> source, int parallelism, Func<TIn, CancellationToken, Task<TOut>> map) =>
        new(cancel => SelectAsyncStage.Run(source.Open, parallelism, map, cancel));

    /// <summary>Lets the source run ahead by so many elements; beyond, the policy decides.</summary>
    public static Source<T> Buffer<T>(this Source<T> source, int size, StreamOverflow overflow)
    {
        CheckSize(size);
        return new Source<T>(cancel => Pump.Through(source.Open(cancel), new StreamBuffer<T>(size, overflow), cancel));
    }

    /// <summary>At most so many elements in each span, after a burst of as many: a token bucket that makes elements wait.</summary>
    public static Source<T> Throttle<T>(this Source<T> source, int elements, TimeSpan per, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(elements, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(per, TimeSpan.Zero);
        return new Source<T>(cancel => ThrottleStage.Run(source.Open(cancel), elements, per, time, cancel));
    }

    /// <summary>Groups of at most so many elements, each sent when it is full or that old; never an empty one.</summary>
    public static Source<IReadOnlyList<T>> GroupedWithin<T>(this Source<T> source, int size, TimeSpan within, TimeProvider time)
    {
        CheckSize(size);
        return new Source<IReadOnlyList<T>>(cancel => GroupedWithinStage.Run(source.Open(cancel), size, within, time, cancel));
    }

    /// <summary>While whoever takes is slow, elements are folded into one, so that there is never more than one waiting.</summary>
    public static Source<TState> Conflate<T, TState>(this Source<T> source, Func<T, TState> seed, Func<TState, T, TState> fold) =>
        new(cancel => ConflateStage.Run(source.Open(cancel), seed, fold, cancel));

    /// <summary>Ends, or fails, when the switch is thrown.</summary>
    public static Source<T> WithKillSwitch<T>(this Source<T> source, KillSwitch kill) => new(cancel => kill.Guard(source.Open, cancel));

    internal static void CheckSize(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxBuffer);
    }
}
