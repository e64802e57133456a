using System.Runtime.CompilerServices;

namespace Mesh.Actors.Streams;

/// <summary>Tasks in flight, in the order of their elements.</summary>
internal static class SelectAsyncStage
{
    public static async IAsyncEnumerable<TOut> Run<TIn, TOut>(
        Func<CancellationToken, IAsyncEnumerable<TIn>> open,
        int parallelism,
        Func<TIn, CancellationToken, Task<TOut>> map,
        [EnumeratorCancellation] CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parallelism, 1);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var places = new SemaphoreSlim(parallelism);
        var running = new StreamBuffer<Task<TOut>>(parallelism, StreamOverflow.Backpressure);
        Task pump = Pump.Fill(Started(open(done.Token), map, places, done.Token), running, done.Token);
        try
        {
            while (await running.Take(cancel).ConfigureAwait(false) is (true, var task))
            {
                TOut result = await task.ConfigureAwait(false);
                yield return result;
            }
        }
        finally
        {
            await done.CancelAsync().ConfigureAwait(false);
            await pump.ConfigureAwait(false);
            while (running.TryTake(out Task<TOut> left)) await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            running.Close();
        }
    }

    private static async IAsyncEnumerable<Task<TOut>> Started<TIn, TOut>(
        IAsyncEnumerable<TIn> source,
        Func<TIn, CancellationToken, Task<TOut>> map,
        SemaphoreSlim places,
        [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (TIn item in source.ConfigureAwait(false))
        {
            await places.WaitAsync(cancel).ConfigureAwait(false);
            yield return Mapped(item);
        }

        async Task<TOut> Mapped(TIn item)
        {
            try
            {
                return await map(item, cancel).ConfigureAwait(false);
            }
            finally
            {
                places.Release();
            }
        }
    }
}
