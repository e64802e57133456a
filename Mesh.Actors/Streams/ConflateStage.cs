using System.Runtime.CompilerServices;

namespace Mesh.Actors.Streams;

/// <summary>One place: what comes while it is taken is folded into it.</summary>
internal static class ConflateStage
{
    public static async IAsyncEnumerable<TState> Run<T, TState>(
        IAsyncEnumerable<T> source, Func<T, TState> seed, Func<TState, T, TState> fold, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var place = new Place<T, TState>(seed, fold);
        Task pump = Fill(source, place, done.Token);
        try
        {
            while (await place.Signal.Take(cancel).ConfigureAwait(false) is (true, _))
            {
                if (place.TryTake(out TState state)) yield return state;
            }
        }
        finally
        {
            place.Signal.Close();
            await done.CancelAsync().ConfigureAwait(false);
            await pump.ConfigureAwait(false);
        }
    }

    private static async Task Fill<T, TState>(IAsyncEnumerable<T> source, Place<T, TState> place, CancellationToken cancel)
    {
        try
        {
            await foreach (T item in source.WithCancellation(cancel).ConfigureAwait(false)) place.Put(item);
            place.Signal.End();
        }
        catch (Exception fault)
        {
            place.Signal.End(fault);
        }
    }

    private sealed class Place<T, TState>(Func<T, TState> seed, Func<TState, T, TState> fold)
    {
        private readonly Lock _gate = new();
        private TState _state = default!;
        private bool _full;

        /// <summary>An element says that the place is full.</summary>
        public StreamBuffer<bool> Signal { get; } = new(1, StreamOverflow.DropNew);

        public void Put(T item)
        {
            lock (_gate)
            {
                _state = _full ? fold(_state, item) : seed(item);
                _full = true;
            }

            Signal.TryOffer(true);
        }

        public bool TryTake(out TState state)
        {
            lock (_gate)
            {
                state = _state;
                bool full = _full;
                (_state, _full) = (default!, false);
                return full;
            }
        }
    }
}
