using System.Runtime.CompilerServices;
using Mesh.Wire;

namespace Mesh.Actors.Streams;

/// <summary>How a failing source is begun anew.</summary>
/// <param name="MinBackoff">Rest after the first failure; doubles with each further one.</param>
/// <param name="MaxBackoff">Longest rest.</param>
/// <param name="RandomFactor">Each rest grows by up to this share of itself, 0..1, so that many do not come back at once.</param>
/// <param name="MaxRestarts">
/// Restarts before the failure is passed on; -1 for no end. A run longer than <paramref name="MaxBackoff"/> clears the count.
/// </param>
public sealed record RestartSettings(TimeSpan MinBackoff, TimeSpan MaxBackoff, double RandomFactor = 0.2, int MaxRestarts = -1);

/// <summary>Sources that come back.</summary>
public static class RestartSource
{
    /// <summary>Begins the source anew when it fails, after a rest; ends when it ends.</summary>
    /// <param name="settings">How.</param>
    /// <param name="source">Makes the source of each run.</param>
    /// <param name="time">The clock of the rests.</param>
    /// <param name="seed">Of their jitter.</param>
    /// <param name="onFailure">Hears each failure; null: nobody.</param>
    public static Source<T> OnFailuresWithBackoff<T>(
        RestartSettings settings, Func<Source<T>> source, TimeProvider time, ulong seed, Action<Exception>? onFailure = null) =>
        new(cancel => Run(settings, source, time, seed, onFailure, cancel));

    private static async IAsyncEnumerable<T> Run<T>(
        RestartSettings settings,
        Func<Source<T>> source,
        TimeProvider time,
        ulong seed,
        Action<Exception>? onFailure,
        [EnumeratorCancellation] CancellationToken cancel)
    {
        var random = new SplitMix64(seed);
        int failures = 0;
        while (true)
        {
            long began = time.GetTimestamp();
            Exception? fault = null;
            IAsyncEnumerator<T> run = source().Open(cancel).GetAsyncEnumerator(cancel);
            await using (run.ConfigureAwait(false))
            {
                while (true)
                {
                    try
                    {
                        if (!await run.MoveNextAsync().ConfigureAwait(false)) yield break;
                    }
                    catch (Exception failure) when (!cancel.IsCancellationRequested)
                    {
                        fault = failure;
                        break;
                    }

                    yield return run.Current;
                }
            }

            onFailure?.Invoke(fault);
            if (time.GetElapsedTime(began) > settings.MaxBackoff) failures = 0;
            if (settings.MaxRestarts >= 0 && failures >= settings.MaxRestarts) throw fault;
            await Task.Delay(Rest(settings, failures++, random.NextDouble()), time, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>min(max, MinBackoff * 2^failures) * (1 + RandomFactor * chance).</summary>
    internal static TimeSpan Rest(RestartSettings settings, int failures, double chance)
    {
        double seconds = Math.Min(settings.MaxBackoff.TotalSeconds, settings.MinBackoff.TotalSeconds * Math.Pow(2, Math.Min(failures, 60)));
        return TimeSpan.FromSeconds(seconds * (1 + (settings.RandomFactor * chance)));
    }
}
