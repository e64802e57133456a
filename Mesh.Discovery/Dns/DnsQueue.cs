namespace Mesh.Discovery.Dns;

/// <summary>One question for DNS, asked again and again by its owner.</summary>
internal abstract class DnsQuery(string name)
{
    public string Name => name;

    /// <summary>Whether it has addresses already: then it is a refresh.</summary>
    public abstract bool IsKnown { get; }

    /// <summary>False when nobody wants the answer any more.</summary>
    public abstract bool IsWanted { get; }

    public abstract void Answer(HostState answer);

    /// <summary>Called after the answer, or instead of it.</summary>
    public abstract void Done();
}

/// <summary>
/// The line before DNS. Picture a counter with eight clerks and two queues, refreshes and newcomers: neither queue may hold more than six of the
/// clerks, so that a crowd of names that nobody knows cannot keep the addresses in use from being refreshed, nor the other way round.
/// </summary>
/// <remarks>Any thread; the resolver is called on the thread that asks, or on one that brought an answer.</remarks>
internal sealed class DnsQueue(IDnsResolver resolver, CancellationToken cancellation)
{
    /// <summary>Queries at a time: on Linux each blocks a pool thread.</summary>
    public const int MaxConcurrent = 8;

    /// <summary>Of these, for refreshes and for new names.</summary>
    public const int MaxConcurrentOfKind = 6;

    /// <summary>New names that wait; further ones are turned away. Refreshes are as many as there are hosts.</summary>
    public const int MaxWaiting = 2_000;

    private readonly Lock _gate = new();
    private readonly Lane _known = new();
    private readonly Lane _new = new();

    /// <summary>False when too many wait.</summary>
    public bool TryAsk(DnsQuery query)
    {
        Lane lane = query.IsKnown ? _known : _new;
        lock (_gate)
        {
            if (!MayRun(lane))
            {
                if (lane == _new && lane.Waiting.Count >= MaxWaiting) return false;
                lane.Waiting.Enqueue(query);
                return true;
            }
            lane.Running++;
        }
        _ = RunAsync(query, lane);
        return true;
    }

    private bool MayRun(Lane lane) => lane.Running < MaxConcurrentOfKind && _known.Running + _new.Running < MaxConcurrent;

    /// <summary>One clerk: goes on with whoever waits, until nobody does.</summary>
    private async Task RunAsync(DnsQuery first, Lane firstLane)
    {
        (DnsQuery Query, Lane Lane)? next = (first, firstLane);
        while (next is { } turn)
        {
            await AskAsync(turn.Query).ConfigureAwait(false);
            lock (_gate) next = Next(turn.Lane);
        }
    }

    private async Task AskAsync(DnsQuery query)
    {
        HostState? answer = null;
        try
        {
            if (query.IsWanted) answer = await resolver.ResolveAsync(query.Name, cancellation).ConfigureAwait(false);
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            // The table closes: nobody reads the answer.
        }
        catch (Exception e)
        {
            // A resolver's bug is this name's failure; the clerk goes on.
            answer = new HostState.Failed($"DNS query for {query.Name} failed: {e.GetType().Name}: {e.Message}");
        }
        if (answer is not null) query.Answer(answer);
        query.Done();
    }

    private (DnsQuery, Lane)? Next(Lane done)
    {
        done.Running--;
        return Take(_known) ?? Take(_new);
    }

    private (DnsQuery, Lane)? Take(Lane lane)
    {
        if (!MayRun(lane) || !lane.Waiting.TryDequeue(out DnsQuery? query)) return null;
        lane.Running++;
        return (query, lane);
    }

    private sealed class Lane
    {
        public Queue<DnsQuery> Waiting { get; } = new();

        public int Running { get; set; }
    }
}
