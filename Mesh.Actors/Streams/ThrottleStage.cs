using System.Runtime.CompilerServices;

namespace Mesh.Actors.Streams;

/// <summary>A token bucket, kept as the time at which it would be full: elements wait for their token.</summary>
internal static class ThrottleStage
{
    public static async IAsyncEnumerable<T> Run<T>(
        IAsyncEnumerable<T> source, int elements, TimeSpan per, TimeProvider time, [EnumeratorCancellation] CancellationToken cancel)
    {
        TimeSpan each = per / elements;
        long start = time.GetTimestamp();
        TimeSpan fullAt = TimeSpan.Zero;
        await foreach (T item in source.ConfigureAwait(false))
        {
            TimeSpan now = time.GetElapsedTime(start);
            fullAt = (fullAt > now ? fullAt : now) + each;
            TimeSpan wait = fullAt - now - per;
            if (wait > TimeSpan.Zero) await Task.Delay(wait, time, cancel).ConfigureAwait(false);
            yield return item;
        }
    }
}
