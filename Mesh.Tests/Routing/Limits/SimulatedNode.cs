using Mesh.Routing.Accrual;
using Mesh.Routing.Limits;

namespace Mesh.Tests.Routing.Limits;

/// <summary>One node of an <see cref="OverloadWorld"/>: limit, queue, and what became of its requests.</summary>
internal sealed class SimulatedNode(OverloadWorld world, ConcurrencyConfig config, long wallOffsetNs)
{
    private readonly AdmissionQueue _queue = new();
    private readonly List<(long AtNs, long TookNs)> _served = [];
    private int _inFlight;

    public AdaptiveLimit? Adaptive { get; } = config.IsAdaptive ? new AdaptiveLimit(config, 0, wallOffsetNs) : null;

    public double PerSecond { get; set; }

    /// <summary>What clients wait, from arrival.</summary>
    public long DeadlineNs { get; init; }

    public int Limit => Adaptive?.Limit ?? config.MaxRequests;

    public int Refused { get; private set; }

    /// <summary>The longest that a refused request waited for its refusal, nanoseconds.</summary>
    public long SlowestRefusalNs { get; private set; }

    /// <summary>The lowest limit since it was last set.</summary>
    public int LowestLimit { get; set; } = int.MaxValue;

    /// <summary>Requests served in time, per second, between two seconds.</summary>
    public double Goodput(double from, double to) => Between(from, to).Count(took => took <= DeadlineNs) / (to - from);

    /// <summary>Requests served, late or not.</summary>
    public double Served(double from, double to) => Between(from, to).Count() / (to - from);

    /// <summary>A quantile of what admitted requests took, waiting included, milliseconds.</summary>
    public double QuantileMs(double quantile, double from, double to)
    {
        long[] took = [.. Between(from, to).Order()];
        return took.Length == 0 ? 0 : took[(int)(quantile * (took.Length - 1))] / (double)OverloadWorld.Millisecond;
    }

    public void Arrive()
    {
        if (_inFlight < Limit && _queue.Count == 0)
        {
            Enter(world.NowNs);
            return;
        }

        AdmissionWaiter waiter = new(null!, null!, world.NowNs + DeadlineNs, world.NowNs);
        if (_queue.TryJoin(waiter, world.NowNs, config.MaxQueued, Limit) is not null) Refused++;
    }

    public void Complete(long arrivedNs, long sentNs, Outcome outcome)
    {
        long now = world.NowNs;
        if (outcome == Outcome.Success) _served.Add((now, now - arrivedNs));
        Adaptive?.Observe(now, now - sentNs, _inFlight, outcome);
        LowestLimit = Math.Min(LowestLimit, Limit);
        _inFlight--;
        if (_queue.Count > 0) _queue.Observe(now - sentNs);
        while (_inFlight < Limit && _queue.Count > 0)
        {
            AdmissionWaiter? next = _queue.Take(now, out AdmissionWaiter? refused);
            for (; refused is not null; refused = refused.Newer)
            {
                Refused++;
                SlowestRefusalNs = Math.Max(SlowestRefusalNs, now - refused.SinceNs);
            }

            if (next is not null) Enter(next.SinceNs);
        }
    }

    private void Enter(long arrivedNs)
    {
        _inFlight++;
        world.Send(this, arrivedNs);
    }

    private IEnumerable<long> Between(double from, double to) => _served
        .Where(each => each.AtNs >= from * OverloadWorld.Second && each.AtNs < to * OverloadWorld.Second)
        .Select(static each => each.TookNs);
}
