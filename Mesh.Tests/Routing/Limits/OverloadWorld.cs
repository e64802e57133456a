using Mesh.Routing.Accrual;
using Mesh.Routing.Limits;
using Mesh.Wire;

namespace Mesh.Tests.Routing.Limits;

/// <summary>
/// Clients, nodes and one backend in virtual time: requests come at random (Poisson), each node lets in what its limit allows and queues the rest,
/// the backend has so many workers and a queue without end (M/G/k). One seed, one course.
/// </summary>
internal sealed class OverloadWorld(ulong seed)
{
    public const long Second = 1_000_000_000;
    public const long Millisecond = 1_000_000;
    private readonly PriorityQueue<Action, (long, long)> _events = new();
    private readonly Queue<Sent> _backlog = new();
    private SplitMix64 _random = new(seed);
    private long _sequence;
    private int _busy;

    public long NowNs { get; private set; }

    /// <summary>Workers of the backend.</summary>
    public int Workers { get; set; } = 20;

    /// <summary>What the work of a request takes, nanoseconds, of a number in [0, 1).</summary>
    public Func<double, double> Work { get; set; } = Exponential(20);

    public List<World> Nodes { get; } = [];

    /// <summary>Share of requests that the backend fails once it has worked.</summary>
    public double FailureShare { get; set; }

    public static Func<double, double> Exponential(double meanMs) => u => -Math.Log(1 - u) * meanMs * Millisecond;

    public static Func<double, double> Steady(double meanMs) => u => (0.8 + 0.4 * u) * meanMs * Millisecond;

    public static Func<double, double> Bimodal(double quickMs, double slowMs, double slowShare) =>
        u => (u < slowShare ? slowMs : quickMs) * (0.8 + 0.4 * (u * 997 % 1)) * Millisecond;

    /// <summary>A node with a limit, where requests come from a rate on.</summary>
    public World AddNode(ConcurrencyConfig config, double perSecond, long deadlineNs = Second / 2, long wallOffsetNs = 0, bool fifo = false)
    {
        World node = new(this, config, wallOffsetNs) { PerSecond = perSecond, DeadlineNs = deadlineNs, };
        _ = fifo;
        Nodes.Add(node);
        After(Gap(perSecond), () => Arrive(node));
        return node;
    }

    internal void Begin(World node) => Arrive(node);

    public void Run(double seconds)
    {
        long until = NowNs + (long)(seconds * Second);
        while (_events.TryPeek(out _, out (long At, long) when) && when.At <= until)
        {
            Action act = _events.Dequeue();
            NowNs = when.At;
            act();
        }

        NowNs = until;
    }

    public void At(double second, Action act) => _events.Enqueue(act, ((long)(second * Second), _sequence++));

    internal void Send(World node, long arrivedNs)
    {
        Sent sent = new(node, arrivedNs, NowNs);
        if (_busy < Workers) Serve(sent);
        else _backlog.Enqueue(sent);
    }

    private void Serve(Sent sent)
    {
        _busy++;
        After((long)Work(_random.NextDouble()), () =>
        {
            _busy--;
            while (_busy < Workers && _backlog.TryDequeue(out Sent next)) Serve(next);
            sent.Node.Done(sent.ArrivedNs, sent.SentNs, _random.NextDouble() < FailureShare ? Outcome.Failure : Outcome.Success);
        });
    }

    private void Arrive(World node)
    {
        After(Gap(node.PerSecond), () => Arrive(node));
        node.Arrive();
    }

    private long Gap(double perSecond) => (long)(-Math.Log(1 - _random.NextDouble()) / Math.Max(perSecond, 0.001) * Second);

    private void After(long ns, Action act) => _events.Enqueue(act, (NowNs + ns, _sequence++));

    private readonly record struct Sent(World Node, long ArrivedNs, long SentNs);
}

/// <summary>One node of the world: limit, queue, and what became of its requests.</summary>
internal sealed class World(OverloadWorld world, ConcurrencyConfig config, long wallOffsetNs)
{
    private readonly AdmissionQueue _queue = new();
    private readonly List<(long AtNs, long TookNs, long BackendNs)> _served = [];
    private int _inFlight;

    public AdaptiveLimit? Adaptive { get; } = config.IsAdaptive ? new AdaptiveLimit(config, 0, wallOffsetNs) : null;

    public double PerSecond { get; set; }

    public long DeadlineNs { get; init; }

    public int Limit => Adaptive?.Limit ?? config.MaxRequests;

    internal void Kick(OverloadWorld w) => w.Begin(this);

    public int Refused { get; private set; }

    /// <summary>Requests served in time, per second, of a stretch.</summary>
    public double Goodput(double from, double to) => Of(from, to).Count(each => each.TookNs <= DeadlineNs) / (to - from);

    public double Throughput(double from, double to) => Of(from, to).Count() / (to - from);

    /// <summary>A quantile of what admitted requests took, waiting included, milliseconds.</summary>
    public double QuantileMs(double quantile, double from, double to)
    {
        long[] took = [.. Of(from, to).Select(each => each.TookNs).Order()];
        return took.Length == 0 ? 0 : took[(int)(quantile * (took.Length - 1))] / (double)OverloadWorld.Millisecond;
    }

    public double BackendQuantileMs(double quantile, double from, double to)
    {
        long[] took = [.. Of(from, to).Select(each => each.BackendNs).Order()];
        return took.Length == 0 ? 0 : took[(int)(quantile * (took.Length - 1))] / (double)OverloadWorld.Millisecond;
    }

    internal void Arrive()
    {
        if (_inFlight < Limit && _queue.Count == 0)
        {
            Enter(world.NowNs);
            return;
        }

        AdmissionWaiter waiter = new(null!, null!, world.NowNs + DeadlineNs, world.NowNs);
        if (_queue.TryJoin(waiter, world.NowNs, config.MaxQueued, Limit) is not null) Refused++;
    }

    internal void Done(long arrivedNs, long sentNs, Outcome outcome)
    {
        long now = world.NowNs;
        if (outcome == Outcome.Success) _served.Add((now, now - arrivedNs, now - sentNs));
        Adaptive?.Observe(now, now - sentNs, _inFlight, outcome);
        _inFlight--;
        if (_queue.Count > 0) _queue.Observe(now - sentNs);
        while (_inFlight < Limit && _queue.Count > 0)
        {
            AdmissionWaiter? next = _queue.Take(now, out AdmissionWaiter? refused);
            for (; refused is not null; refused = refused.Newer) Refused++;
            if (next is not null) Enter(next.SinceNs);
        }
    }

    private void Enter(long arrivedNs)
    {
        _inFlight++;
        world.Send(this, arrivedNs);
    }

    private IEnumerable<(long AtNs, long TookNs, long BackendNs)> Of(double from, double to) =>
        _served.Where(each => each.AtNs >= from * OverloadWorld.Second && each.AtNs < to * OverloadWorld.Second);
}
