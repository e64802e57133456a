using System.Collections.Concurrent;

namespace Mesh.Tests.EndToEnd;

/// <summary>What a backend does with the n-th request of all, from 1. Null: it never answers; empty: it hangs up.</summary>
internal delegate Task<string?> HedgeAnswer(int number, Message request);

/// <summary>Backends that tell in which order requests came to them, and a node before two of them that hedges.</summary>
internal sealed class HedgeRig : IAsyncDisposable
{
    private const string Hedging = "service: {retries: {hedgeDelayMs: 50}}, client: {loadBalancer: {kind: roundRobin}}";

    private readonly List<Origin> _origins = [];
    private int _answered;
    private int _lost;

    /// <summary>All requests, in the order in which they came to any backend.</summary>
    public ConcurrentQueue<Message> Seen { get; } = new();

    /// <summary>For scripts that wait until the test lets them go on.</summary>
    public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public NamesFolder Names { get; } = new();

    /// <summary>Answers that have left their backend.</summary>
    public int Answered => Volatile.Read(ref _answered);

    /// <summary>Connections that ended without their answer.</summary>
    public int Lost => Volatile.Read(ref _lost);

    /// <summary>Nothing is out, and nothing is held.</summary>
    public static async Task IsAtRestAsync(TestNode node)
    {
        await node.MetricIsAsync(0, "mesh_destination_pending_requests");
        await node.MetricIsAsync(0, "mesh_destination_connections", ("state", "busy"));
    }

    public void AddTwo(HedgeAnswer answer)
    {
        Add(answer);
        Add(answer);
    }

    public Origin Add(HedgeAnswer answer)
    {
        Origin origin = Origin.Scripted(peer => ServeAsync(peer, answer));
        _origins.Add(origin);
        return origin;
    }

    public Task SeenAsync(int requests) => Eventually.HoldsAsync(() => Seen.Count >= requests, () => $"{Seen.Count} of {requests} requests came");

    /// <summary>A node whose name <c>web</c> is the last two backends.</summary>
    public Task<TestNode> StartAsync(string router = Hedging)
    {
        Names.Write("web", [.. _origins.TakeLast(2)]);
        return TestNode.RoutingAsync("/svc => /#/io.l5d.fs", router, top: Names.Config);
    }

    public async ValueTask DisposeAsync()
    {
        Release.TrySetResult();
        foreach (Origin origin in _origins) await origin.DisposeAsync();
        Names.Dispose();
    }

    private async Task ServeAsync(Peer peer, HedgeAnswer answer)
    {
        while (await peer.TryReadRequestAsync() is { } request)
        {
            int number;
            lock (Seen)
            {
                Seen.Enqueue(request);
                number = Seen.Count;
            }

            if (await answer(number, request) is not { } text)
            {
                await peer.ReadToEndAsync();
                Interlocked.Increment(ref _lost);
                return;
            }

            if (text.Length == 0) return;
            await peer.SendAsync(text);
            Interlocked.Increment(ref _answered);
        }
    }
}
