using Mesh.Routing.Accrual;
using Mesh.Routing.Destinations;
using Mesh.Tests.Routing.Destinations;

namespace Mesh.Tests.Routing.Balancing;

/// <summary>Requests on virtual time: they arrive in a seeded random stream and end after the latency of the endpoint they went to.</summary>
/// <param name="fixture">Who picks; its clock and its random sequence are used.</param>
/// <param name="latencyNs">Of the endpoint with this port.</param>
/// <param name="fails">Whether a request to this port fails; null: none does.</param>
internal sealed class Traffic(DestinationFixture fixture, Func<int, long> latencyNs, Func<int, bool>? fails = null)
{
    private readonly PriorityQueue<EndpointLease, long> _out = new();

    /// <summary>Latencies of all requests that ended, nanoseconds.</summary>
    public List<long> Latencies { get; } = [];

    /// <summary>Share of requests by port, of an open loop: they come however many are out.</summary>
    public Dictionary<int, double> Run(int requests, long meanGapNs)
    {
        var counts = new Dictionary<int, int>();
        for (int request = 0; request < requests; request++)
        {
            long next = fixture.Now + (long)(-Math.Log(1 - fixture.Random.NextDouble()) * meanGapNs);
            CompleteUntil(next);
            fixture.Now = next;
            Send(counts);
        }

        CompleteUntil(long.MaxValue);
        return Shares(counts, requests);
    }

    /// <summary>Share of requests by port, of a closed loop: each that ends is followed by another.</summary>
    public Dictionary<int, double> RunClosed(int requests, int concurrency)
    {
        var counts = new Dictionary<int, int>();
        for (int request = 0; request < requests; request++)
        {
            if (request >= concurrency) CompleteOne();
            Send(counts);
        }

        CompleteUntil(long.MaxValue);
        return Shares(counts, requests);
    }

    private static Dictionary<int, double> Shares(Dictionary<int, int> counts, int requests)
        => counts.ToDictionary(pair => pair.Key, pair => pair.Value / (double)requests);

    private void Send(Dictionary<int, int> counts)
    {
        EndpointLease lease = fixture.Pick();
        int port = lease.Endpoint.Address.Port;
        counts[port] = counts.GetValueOrDefault(port) + 1;
        _out.Enqueue(lease, fixture.Now + (long)(latencyNs(port) * (0.8 + 0.4 * fixture.Random.NextDouble())));
    }

    private void CompleteUntil(long limit)
    {
        while (_out.TryPeek(out _, out long at) && at <= limit) CompleteOne();
    }

    private void CompleteOne()
    {
        _out.TryDequeue(out EndpointLease lease, out long at);
        fixture.Now = at;
        Latencies.Add(at - lease.StartNs);
        lease.Complete(fails?.Invoke(lease.Endpoint.Address.Port) == true ? Outcome.Failure : Outcome.Success, at);
    }
}
