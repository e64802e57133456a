namespace Mesh.Actors.Streams;

/// <summary>What turns one stream into another; runs in the stream's own task. Immutable, shareable.</summary>
public sealed class Flow<TIn, TOut>
{
    internal Flow(Func<IAsyncEnumerable<TIn>, CancellationToken, IAsyncEnumerable<TOut>> apply) => Apply = apply;

    internal Func<IAsyncEnumerable<TIn>, CancellationToken, IAsyncEnumerable<TOut>> Apply { get; }

    /// <summary>This flow, then the next.</summary>
    public Flow<TIn, TNext> Via<TNext>(Flow<TOut, TNext> next) => new((source, cancel) => next.Apply(Apply(source, cancel), cancel));
}

/// <summary>Flows that change elements one by one.</summary>
public static class Flow
{
    public static Flow<TIn, TOut> Select<TIn, TOut>(Func<TIn, TOut> map) => new((source, _) => Map(source, map));

    public static Flow<T, T> Where<T>(Func<T, bool> keep) => new((source, _) => Filter(source, keep));

    /// <summary>Each element becomes any number of them.</summary>
    public static Flow<TIn, TOut> SelectMany<TIn, TOut>(Func<TIn, IEnumerable<TOut>> expand) => new((source, _) => Expand(source, expand));

    /// <summary>The running fold, without the seed.</summary>
    public static Flow<TIn, TState> Scan<TIn, TState>(TState seed, Func<TState, TIn, TState> fold) => new((source, _) => Fold(source, seed, fold));

    /// <summary>The first so many; then the stream ends.</summary>
    public static Flow<T, T> Take<T>(int count) => new((source, _) => First(source, count));

    /// <summary>The source for all operators of <see cref="SourceOperators"/>: a flow written as a chain from a source to a source.</summary>
    public static Flow<TIn, TOut> From<TIn, TOut>(Func<Source<TIn>, Source<TOut>> chain) =>
        new((source, cancel) => chain(new Source<TIn>(_ => source)).Open(cancel));

    private static async IAsyncEnumerable<TOut> Map<TIn, TOut>(IAsyncEnumerable<TIn> source, Func<TIn, TOut> map)
    {
        await foreach (TIn item in source.ConfigureAwait(false)) yield return map(item);
    }

    private static async IAsyncEnumerable<T> Filter<T>(IAsyncEnumerable<T> source, Func<T, bool> keep)
    {
        await foreach (T item in source.ConfigureAwait(false))
        {
            if (keep(item)) yield return item;
        }
    }

    private static async IAsyncEnumerable<TOut> Expand<TIn, TOut>(IAsyncEnumerable<TIn> source, Func<TIn, IEnumerable<TOut>> expand)
    {
        await foreach (TIn item in source.ConfigureAwait(false))
        {
            foreach (TOut each in expand(item)) yield return each;
        }
    }

    private static async IAsyncEnumerable<TState> Fold<TIn, TState>(IAsyncEnumerable<TIn> source, TState state, Func<TState, TIn, TState> fold)
    {
        await foreach (TIn item in source.ConfigureAwait(false)) yield return state = fold(state, item);
    }

    private static async IAsyncEnumerable<T> First<T>(IAsyncEnumerable<T> source, int count)
    {
        if (count <= 0) yield break;
        await foreach (T item in source.ConfigureAwait(false))
        {
            yield return item;
            if (--count == 0) yield break;
        }
    }
}
