using Mesh.Actors.Streams;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Actors.Streams;

public sealed class OperatorTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly FakeTime _time = new();

    [Fact]
    public async Task Chain_KeepsOrder_AndEndsWithItsSource()
    {
        Source<int> source = Source.From(Enumerable.Range(1, 6)).Where(n => n % 2 == 0).Select(n => n * 10).SelectMany(n => new[] { n, n + 1 });

        Assert.Equal([20, 21, 40, 41, 60, 61], await new StreamRun<int>(source).All());
    }

    [Fact]
    public async Task Flow_IsAChainThatCanBeKept()
    {
        Flow<int, int> flow = Flow.From<int, int>(source => source.Scan(0, (sum, n) => sum + n).Take(3));

        Assert.Equal([1, 3, 6], await new StreamRun<int>(Source.From(Enumerable.Range(1, 100)).Via(flow)).All());
    }

    [Fact]
    public async Task Failure_ComesAfterAllThatCameBeforeIt()
    {
        var (queue, source) = Source.Queue<int>(10, StreamOverflow.Backpressure);
        queue.TryOffer(1);
        queue.TryOffer(2);
        queue.Fail(new FormatException("bad"));

        var run = new StreamRun<int>(source.Buffer(1, StreamOverflow.Backpressure));

        await Assert.ThrowsAsync<FormatException>(run.All);
        Assert.Equal([1, 2], run.Seen);
    }

    [Fact]
    public async Task SelectAsync_KeepsOrder_AndRunsNoMoreThanItMay()
    {
        TaskCompletionSource<int>[] answers = [.. Enumerable.Range(0, 5).Select(_ => new TaskCompletionSource<int>())];
        int started = 0;
        var run = new StreamRun<int>(Source.From(Enumerable.Range(0, 5)).SelectAsync(2, (i, _) =>
        {
            Interlocked.Increment(ref started);
            return answers[i].Task;
        }));
        await Eventually.True(() => Volatile.Read(ref started) == 2);

        answers[1].SetResult(11);
        await Eventually.True(() => Volatile.Read(ref started) == 3);
        Assert.Empty(run.Seen);
        foreach (int i in new[] { 4, 3, 2, 0 }) answers[i].SetResult(10 + i);

        Assert.Equal([10, 11, 12, 13, 14], await run.All());
    }

    /// <summary>The buffer is full of results that nobody took, and one more was started.</summary>
    [Fact]
    public async Task SelectAsync_EndsAllItStarted_BeforeTheRun()
    {
        int started = 0;
        using var cancel = new CancellationTokenSource();
        var end = new TaskCompletionSource();
        var taken = new TaskCompletionSource();
        Task run = Source.From(Enumerable.Range(0, 100)).SelectAsync(2, async (i, _) =>
        {
            Interlocked.Increment(ref started);
            if (i < 3) return i;
            await end.Task;
            return i;
        }).RunWith(Sink.ForEachAsync<int>((_, stop) =>
        {
            taken.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, _time, stop);
        }), cancel.Token);
        await taken.Task.WaitAsync(Eventually.Patience);
        await Eventually.True(() => Volatile.Read(ref started) == 4);

        await cancel.CancelAsync();
        for (int i = 0; i < 200; i++) await Task.Yield();
        Assert.False(run.IsCompleted);
        end.SetResult();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Theory]
    [InlineData(StreamOverflow.DropHead, new[] { 3, 4 })]
    [InlineData(StreamOverflow.DropTail, new[] { 1, 4 })]
    [InlineData(StreamOverflow.DropNew, new[] { 1, 2 })]
    [InlineData(StreamOverflow.DropBuffer, new[] { 3, 4 })]
    public async Task FullQueue_LosesWhatItsPolicyNames(StreamOverflow overflow, int[] left)
    {
        var (queue, source) = Source.Queue<int>(2, overflow);
        for (int i = 1; i <= 4; i++) queue.TryOffer(i);
        queue.Complete();

        Assert.Equal(left, await new StreamRun<int>(source).All());
        Assert.Equal(2, queue.Dropped);
    }

    [Fact]
    public async Task FullQueue_FailsTheStream_WhereThePolicySaysSo()
    {
        var (queue, source) = Source.Queue<int>(1, StreamOverflow.Fail);
        queue.TryOffer(1);

        Assert.Equal(OfferResult.Closed, queue.TryOffer(2));

        await Assert.ThrowsAsync<StreamOverflowException>(new StreamRun<int>(source).All);
    }

    [Fact]
    public async Task BackpressuredQueue_LetsItsWriterWait()
    {
        var (queue, source) = Source.Queue<int>(1, StreamOverflow.Backpressure);
        Assert.Equal(OfferResult.Enqueued, queue.TryOffer(1));
        Assert.Equal(OfferResult.Full, queue.TryOffer(2));
        ValueTask<bool> waits = queue.OfferAsync(2);
        Assert.False(waits.IsCompleted);

        var run = new StreamRun<int>(source);
        Assert.True(await waits);
        queue.Complete();

        Assert.Equal([1, 2], await run.All());
        Assert.False(await queue.OfferAsync(3));
    }

    [Fact]
    public async Task Throttle_LetsABurstThrough_ThenOneToken()
    {
        var run = new StreamRun<int>(Source.From(Enumerable.Range(1, 5)).Throttle(2, s_second, _time));

        await run.Has(2);
        await Eventually.True(() => _time.PendingTimers == 1);
        Assert.Equal([1, 2], run.Seen);
        _time.Advance(s_second / 2);
        await run.Has(3);
        await Eventually.True(() => _time.PendingTimers == 1);
        Assert.Equal([1, 2, 3], run.Seen);
        _time.Advance(s_second / 2);
        await run.Has(4);
        await Eventually.True(() => _time.PendingTimers == 1);
        _time.Advance(s_second / 2);

        Assert.Equal([1, 2, 3, 4, 5], await run.All());
    }

    [Fact]
    public async Task GroupedWithin_SendsFullGroups_AndOldOnes()
    {
        var (queue, source) = Source.Queue<int>(10, StreamOverflow.Backpressure);
        for (int i = 1; i <= 4; i++) queue.TryOffer(i);
        var run = new StreamRun<IReadOnlyList<int>>(source.GroupedWithin(3, s_second, _time));
        await run.Has(1);
        await Eventually.True(() => _time.PendingTimers == 1);

        _time.Advance(s_second);
        await run.Has(2);
        queue.Complete();
        await run.All();

        Assert.Equal<IEnumerable<int>>([[1, 2, 3], [4]], run.Seen);
    }

    [Fact]
    public async Task GroupedWithin_SendsTheLastGroup_BeforeTheFailure()
    {
        var (queue, source) = Source.Queue<int>(10, StreamOverflow.Backpressure);
        queue.TryOffer(1);
        queue.Fail(new FormatException("bad"));

        var run = new StreamRun<IReadOnlyList<int>>(source.GroupedWithin(3, s_second, _time));

        await Assert.ThrowsAsync<FormatException>(run.All);
        Assert.Equal([1], Assert.Single(run.Seen));
    }

    [Fact]
    public async Task Conflate_FoldsWhatComes_WhileTheTakerIsSlow()
    {
        var gate = new TaskCompletionSource();
        var (queue, source) = Source.Queue<int>(100, StreamOverflow.Backpressure);
        List<int> sums = [];
        Task run = source.Conflate(n => n, (sum, n) => sum + n).RunWith(Sink.ForEachAsync<int>(async (sum, _) =>
        {
            sums.Add(sum);
            await gate.Task;
        }));
        queue.TryOffer(1);
        await Eventually.True(() => sums.Count == 1);

        for (int i = 2; i <= 10; i++) queue.TryOffer(i);
        queue.Complete();
        await Eventually.True(() => queue.TryOffer(0) == OfferResult.Closed);
        gate.SetResult();
        await run.WaitAsync(Eventually.Patience);

        Assert.Equal(55, sums.Sum());
        Assert.True(sums.Count < 10, $"{sums.Count} sums");
    }

    [Fact]
    public async Task Tick_ComesAtOnce_ThenEveryInterval()
    {
        var run = new StreamRun<string>(Source.Tick(s_second, "tick", _time).Take(3));

        await run.Has(1);
        await Eventually.True(() => _time.PendingTimers == 1);
        _time.Advance(s_second);
        await run.Has(2);
        _time.Advance(s_second);

        Assert.Equal(3, (await run.All()).Count);
    }

    [Fact]
    public async Task Cancelling_EndsTheSource_BeforeTheRun()
    {
        bool disposed = false;
        using var cancel = new CancellationTokenSource();
        var run = new StreamRun<int>(Source.From(Endless).Buffer(4, StreamOverflow.Backpressure), cancel.Token);
        await run.Has(1);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(run.All);
        Assert.True(disposed);

        async IAsyncEnumerable<int> Endless([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
        {
            try
            {
                for (int i = 0; ; i++)
                {
                    await Task.Yield();
                    stop.ThrowIfCancellationRequested();
                    yield return i;
                }
            }
            finally
            {
                disposed = true;
            }
        }
    }
}
