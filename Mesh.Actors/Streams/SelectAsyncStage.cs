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
        Task pump = Fill(open(done.Token), map, places, running, done.Token);
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

    /// <summary>Starts tasks until the source ends or nobody takes results any more. Never fails: what failed is the buffer's end.</summary>
    private static async Task Fill<TIn, TOut>(
        IAsyncEnumerable<TIn> source,
        Func<TIn, CancellationToken, Task<TOut>> map,
        SemaphoreSlim places,
        StreamBuffer<Task<TOut>> running,
        CancellationToken cancel)
    {
        Task? outside = null;
        try
        {
            await foreach (TIn item in source.ConfigureAwait(false))
            {
                await places.WaitAsync(cancel).ConfigureAwait(false);
                Task<TOut> task = Mapped(item);
                outside = task;
                await running.Offer(task, cancel).ConfigureAwait(false);
                outside = null;
            }

            running.End();
        }
        catch (Exception fault)
        {
            running.End(fault);
        }

        // Started, and the stream was over before there was room for it: nobody else can wait for it.
        if (outside is not null) await outside.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

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
