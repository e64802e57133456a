using System.Runtime.CompilerServices;

namespace Mesh.Actors.Streams;

/// <summary>The asynchronous boundary: pulls a source in a task of its own into a bounded buffer, so that both sides go at their own pace.</summary>
internal static class Pump
{
    /// <summary>The source through a buffer. Ends the source's task before it ends itself.</summary>
    public static async IAsyncEnumerable<T> Through<T>(
        IAsyncEnumerable<T> source, StreamBuffer<T> buffer, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task pump = Fill(source, buffer, done.Token);
        try
        {
            while (await buffer.Take(cancel).ConfigureAwait(false) is (true, var item)) yield return item;
        }
        finally
        {
            buffer.Close();
            await done.CancelAsync().ConfigureAwait(false);
            await pump.ConfigureAwait(false);
        }
    }

    /// <summary>Copies until the source ends or nobody reads. Never fails: what failed is the buffer's end.</summary>
    public static async Task Fill<T>(IAsyncEnumerable<T> source, StreamBuffer<T> buffer, CancellationToken cancel)
    {
        try
        {
            await foreach (T item in source.WithCancellation(cancel).ConfigureAwait(false))
            {
                if (!await buffer.Offer(item, cancel).ConfigureAwait(false)) break;
            }

            buffer.End();
        }
        catch (Exception fault)
        {
            buffer.End(fault);
        }
    }
}
