namespace Mesh.Node.Demo;

/// <summary>Requests at a steady rate, sent on time whatever became of those before (open loop), and what the client saw of them.</summary>
/// <remarks>Limits: 1,000 requests out at once, and what falls due during a stop of over a second; the rest is counted as not sent.</remarks>
internal sealed class DemoTraffic(Func<Task<DemoAnswer>> call, DemoOptions options)
{
    /// <summary>Ten seconds of the default rate without one answer.</summary>
    private const int Outstanding = 1000;

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _offered;
    private long _success;
    private long _failed;

    /// <summary>Requests out, and one for the sender itself while it runs.</summary>
    private int _out = 1;

    /// <summary>Answered below 500.</summary>
    public long Success => Volatile.Read(ref _success);

    /// <summary>Answered with 500 or above, or not at all.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Fell due and could not be sent in time.</summary>
    public long NotSent { get; private set; }

    /// <summary>Sends until told to stop, or until all requests were offered; then waits for what is out, two seconds at most.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await OfferAsync(stop).ConfigureAwait(false);
        if (Interlocked.Decrement(ref _out) == 0) _quiet.TrySetResult();
        try
        {
            await _quiet.Task.WaitAsync(s_patience, options.Time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The slowest are left to their own timeouts and are not counted.
        }
    }

    private async Task OfferAsync(CancellationToken stop)
    {
        long start = options.Time.GetTimestamp();
        using PeriodicTimer ticks = new(s_tick, options.Time);
        try
        {
            while (_offered < options.Requests && await ticks.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                double elapsed = options.Time.GetElapsedTime(start).TotalSeconds;
                OfferUntil(Math.Min(options.Requests, (long)(elapsed * options.RequestsPerSecond)));
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    private void OfferUntil(long due)
    {
        long late = Math.Max(0, due - _offered - options.RequestsPerSecond);
        NotSent += late;
        _offered += late;
        for (; _offered < due; _offered++)
        {
            if (Volatile.Read(ref _out) > Outstanding) NotSent++;
            else _ = SendAsync();
        }
    }

    private async Task SendAsync()
    {
        Interlocked.Increment(ref _out);
        DemoAnswer answer = await call().ConfigureAwait(false);
        Interlocked.Increment(ref answer.Status < 500 ? ref _success : ref _failed);
        if (Interlocked.Decrement(ref _out) == 0) _quiet.TrySetResult();
    }
}
