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
    private readonly PriorityQueue<Action, (long AtNs, long Turn)> _events = new();
    private readonly Queue<Sent> _backlog = new();
    private SplitMix64 _random = new(seed);
    private long _turn;
    private int _busy;

    public long NowNs { get; private set; }

    /// <summary>Workers of the backend.</summary>
    public int Workers { get; set; } = 20;

    /// <summary>What the work of a request takes, nanoseconds, of a number in [0, 1).</summary>
    public Func<double, double> Work { get; set; } = Steady(20);

    /// <summary>Share of requests that the backend fails once it has worked.</summary>
    public double FailureShare { get; set; }

    public List<SimulatedNode> Nodes { get; } = [];

    public static Func<double, double> Exponential(double meanMs) => random => -Math.Log(1 - random) * meanMs * Millisecond;

    public static Func<double, double> Steady(double meanMs) => random => (0.8 + 0.4 * random) * meanMs * Millisecond;

    public static Func<double, double> Bimodal(double quickMs, double slowMs, double slowShare) =>
        random => (random < slowShare ? slowMs : quickMs) * (0.8 + 0.4 * (random * 997 % 1)) * Millisecond;

    /// <summary>A node to which clients send at that rate, from a second on.</summary>
    public SimulatedNode AddNode(ConcurrencyConfig config, double perSecond, long deadlineNs = Second / 2, long wallOffsetNs = 0, double from = 0)
    {
        SimulatedNode node = new(this, config, wallOffsetNs) { PerSecond = perSecond, DeadlineNs = deadlineNs };
        Nodes.Add(node);
        At(from, () => Arrive(node));
        return node;
    }

    public void RunUntil(double second)
    {
        long until = (long)(second * Second);
        while (_events.TryPeek(out _, out (long AtNs, long Turn) when) && when.AtNs <= until)
        {
            Action act = _events.Dequeue();
            NowNs = when.AtNs;
            act();
        }

        NowNs = until;
    }

    public void At(double second, Action act) => _events.Enqueue(act, ((long)(second * Second), _turn++));

    public void Send(SimulatedNode node, long arrivedNs)
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
            sent.Node.Complete(sent.ArrivedNs, sent.SentNs, _random.NextDouble() < FailureShare ? Outcome.Failure : Outcome.Success);
        });
    }

    private void Arrive(SimulatedNode node)
    {
        After((long)(-Math.Log(1 - _random.NextDouble()) / node.PerSecond * Second), () => Arrive(node));
        node.Arrive();
    }

    private void After(long ns, Action act) => _events.Enqueue(act, (NowNs + ns, _turn++));

    private readonly record struct Sent(SimulatedNode Node, long ArrivedNs, long SentNs);
}
