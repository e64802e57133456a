using Mesh.Routing.Bindings;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Routing.Bindings;

/// <summary>One worker, in order, that rests as long as it worked.</summary>
public sealed class EvaluationQueueTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly EvaluationQueue _queue;
    private int _done;

    public EvaluationQueueTests() => _queue = new EvaluationQueue(_time);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task RunsAllThatStandsInIt_OneAfterTheOther()
    {
        int running = 0;
        int most = 0;

        for (int i = 0; i < 1000; i++)
        {
            _queue.Enqueue(new Work(() =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                Interlocked.Decrement(ref running);
                Interlocked.Increment(ref _done);
            }));
        }

        await BindingKit.Eventually(() => Volatile.Read(ref _done) == 1000);
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task RestsAsLongAsItWorked_AfterASlice_WhoeverComesMeanwhile()
    {
        TimeSpan length = EvaluationQueue.Slice * 3;
        Work slow = new(() =>
        {
            _time.Advance(length);
            Interlocked.Increment(ref _done);
        });

        _queue.Enqueue(slow);
        _queue.Enqueue(slow);
        await BindingKit.Eventually(() => Volatile.Read(ref _done) == 1 && _time.PendingTimers == 1);
        _queue.Enqueue(slow);
        _time.Advance(length - TimeSpan.FromTicks(1));
        int before = Volatile.Read(ref _done);
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(1, before);
        await BindingKit.Eventually(() => Volatile.Read(ref _done) == 2 && _time.PendingTimers == 1);
    }

    private sealed class Work(Action evaluate) : IEvaluated
    {
        public void EvaluateNow() => evaluate();
    }
}
