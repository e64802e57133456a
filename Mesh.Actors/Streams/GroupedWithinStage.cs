using System.Runtime.CompilerServices;

namespace Mesh.Actors.Streams;

/// <summary>Groups by number or age, whichever comes first. The age counts from a group's first element.</summary>
internal static class GroupedWithinStage
{
    public static async IAsyncEnumerable<IReadOnlyList<T>> Run<T>(
        IAsyncEnumerable<T> source, int size, TimeSpan within, TimeProvider time, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var buffer = new StreamBuffer<T>(size, StreamOverflow.Backpressure);
        Task pump = Pump.Fill(source, buffer, done.Token);
        try
        {
            while (await buffer.Take(cancel).ConfigureAwait(false) is (true, var first))
            {
                List<T> group = [first];
                using (var age = new CancellationTokenSource(within, time))
                using (var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, age.Token))
                {
                    await Gather(buffer, group, size, either.Token, cancel).ConfigureAwait(false);
                }

                yield return group;
            }
        }
        finally
        {
            buffer.Close();
            await done.CancelAsync().ConfigureAwait(false);
            await pump.ConfigureAwait(false);
        }
    }

    // A failure behind the group stays in the buffer: the next Take throws it, after the group was sent.
    private static async Task Gather<T>(StreamBuffer<T> buffer, List<T> group, int size, CancellationToken age, CancellationToken cancel)
    {
        while (group.Count < size)
        {
            if (buffer.TryTake(out T item))
            {
                group.Add(item);
                continue;
            }

            try
            {
                if (await buffer.Take(age).ConfigureAwait(false) is not (true, var next)) return;
                group.Add(next);
            }
            catch (OperationCanceledException) when (age.IsCancellationRequested && !cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception) when (!cancel.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
