using System.Collections.Immutable;
using System.Net;
using Mesh.Routing.Destinations;

namespace Mesh.Node.AdminConsole.Destinations;

/// <summary>All that the console tells of a destination in one router, as it was at one moment.</summary>
/// <param name="Router">Its label.</param>
/// <param name="Status">Endpoints and history.</param>
/// <param name="FromActor">Whether the actor told it; else times and history are missing.</param>
/// <param name="Rates">Of its attempts.</param>
/// <param name="Limit">Of requests out; null: there is none.</param>
/// <param name="Pools">The connections to its endpoints, in their order; null where there is none.</param>
internal sealed record DestinationFacts(
    string Router, DestinationStatus Status, bool FromActor, RequestRates Rates, LimitFacts? Limit, ImmutableArray<PoolFacts?> Pools)
{
    public string Id => Status.Id.ToString();

    public int InFlight => Status.Endpoints.Sum(static endpoint => endpoint.InFlight);

    /// <summary>What is unusual, in a few words; empty while nothing is.</summary>
    public string Remarks
    {
        get
        {
            List<string> remarks = [];
            if (Status.State == DestinationState.Pending) remarks.Add("waits for addresses");
            if (Status.State == DestinationState.Failed) remarks.Add($"failed: {Status.Reason}");
            if (Status.State == DestinationState.NoAddress) remarks.Add("no address");
            if (Status.IsPanicking) remarks.Add("panic");
            foreach (EndpointCondition condition in Enum.GetValues<EndpointCondition>())
            {
                int count = Status.Endpoints.Count(endpoint => endpoint.Condition == condition);
                if (condition != EndpointCondition.Alive && count > 0) remarks.Add($"{count} {DestinationText.Word(condition)}");
            }

            if (Limit is { } limit && (limit.Waiting > 0 || limit.InFlight >= limit.Limit))
                remarks.Add($"limit {limit.InFlight}/{limit.Limit}{(limit.Waiting > 0 ? $", {limit.Waiting} wait" : "")}");
            return string.Join(", ", remarks);
        }
    }
}

/// <summary>How many requests may be out, are, and wait.</summary>
internal sealed record LimitFacts(int Limit, int InFlight, int Waiting);

/// <summary>The connections to one endpoint; destinations that reach the same address may share them.</summary>
/// <param name="Idle">Open and free.</param>
/// <param name="Busy">In use or being opened.</param>
/// <param name="Waiting">Requests that wait for one.</param>
/// <param name="Most">That may be open.</param>
internal sealed record PoolFacts(int Idle, int Busy, int Waiting, int Most);

/// <summary>Reads <see cref="DestinationFacts"/> of the running routers.</summary>
/// <param name="routers">In the order of the config.</param>
/// <param name="windows">Of their destinations.</param>
/// <param name="time">The clock of requests.</param>
internal sealed class DestinationReader(ImmutableArray<Hosting.RouterParts> routers, RequestWindows windows, TimeProvider time)
{
    /// <summary>Destinations of one answer.</summary>
    public const int MaxDestinations = 2000;

    public TimeProvider Time => time;

    /// <summary>Names of destinations, for completion.</summary>
    public IEnumerable<string> Names() => routers.SelectMany(static router => router.Backends).Select(static backend => backend.Id);

    public IEnumerable<string> RouterLabels() => routers.Select(static router => router.Config.Label);

    /// <summary>Those that <paramref name="wanted"/> takes, by name, then router.</summary>
    public async Task<DestinationFacts[]> ReadAsync(Func<string, string, bool> wanted, CancellationToken cancel)
    {
        windows.Touch();
        (string Label, Proxy.Backend Backend)[] all =
        [
            .. routers.SelectMany(router => router.Backends.Select(backend => (router.Config.Label, backend)))
                .Where(each => wanted(each.Label, each.backend.Id))
                .OrderBy(static each => each.backend.Id, StringComparer.Ordinal)
                .ThenBy(static each => each.Label, StringComparer.Ordinal)
                .Take(MaxDestinations),
        ];
        return await Task.WhenAll(all.Select(each => ReadAsync(each.Label, each.Backend, cancel))).ConfigureAwait(false);
    }

    /// <summary>Of one destination.</summary>
    public async Task<DestinationFacts> ReadAsync(string router, Proxy.Backend backend, CancellationToken cancel)
    {
        Destination destination = backend.Destination;
        (DestinationStatus status, bool fromActor) =
            await Admin.DestinationQuestion.AskAsync(destination, time.Nanoseconds(), cancel).ConfigureAwait(false);
        Dictionary<(IPEndPoint, string?), PoolFacts> pools = [];
        foreach (Endpoint endpoint in destination.Current.Endpoints)
            if (endpoint.Resource is Proxy.PooledEndpoint pooled) pools[(endpoint.Address, endpoint.Key.Instance)] = PoolOf(pooled);
        LimitFacts? limit = backend.Concurrency is { } concurrency
            ? new LimitFacts(concurrency.Limit, concurrency.InFlight, concurrency.Queued)
            : null;
        return new DestinationFacts(
            router, status, fromActor, windows.Of(backend), limit,
            [.. status.Endpoints.Select(endpoint => pools.GetValueOrDefault((endpoint.Address, endpoint.Instance)))]);
    }

    private static PoolFacts PoolOf(Proxy.PooledEndpoint pooled)
    {
        int idle = pooled.Sum(static pool => pool.Idle), open = pooled.Sum(static pool => pool.Open);
        return new PoolFacts(idle, Math.Max(0, open - idle), pooled.Sum(static pool => pool.Waiting), pooled.Limits.MaxConnections);
    }
}
