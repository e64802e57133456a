using System.Collections.Concurrent;
using Mesh.Actors.Streams;

namespace Mesh.Tests.Actors.Streams;

/// <summary>What a stream gave, and how it ended.</summary>
internal sealed class StreamRun<T>
{
    private readonly ConcurrentQueue<T> _seen = new();

    public StreamRun(Source<T> source, CancellationToken cancel = default) => Done = source.RunWith(Sink.ForEach<T>(_seen.Enqueue), cancel);

    public Task Done { get; }

    public T[] Seen => [.. _seen];

    /// <summary>Waits until so many came.</summary>
    public Task Has(int count) => Eventually.True(() => _seen.Count >= count);

    public async Task<IReadOnlyList<T>> All()
    {
        await Done.WaitAsync(Eventually.Patience);
        return Seen;
    }
}

/// <summary>Waits for what another thread is about to do, without guessing how long it takes.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task True(Func<bool> condition)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience) throw new TimeoutException("it never came true");
            await Task.Yield();
        }
    }
}
