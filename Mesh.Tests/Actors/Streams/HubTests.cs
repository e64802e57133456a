using Mesh.Actors.Streams;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Actors.Streams;

public sealed class HubTests
{
    [Fact]
    public async Task MergeHub_TakesFromAll_AndOutlivesAProducerThatFails()
    {
        var hub = new MergeHub<int>(4);
        var run = new StreamRun<int>(hub.Source);

        Task[] producers = [.. Enumerable.Range(0, 3).Select(p => Source.From(Enumerable.Range(p * 100, 50)).RunWith(hub.Sink))];
        await Assert.ThrowsAsync<FormatException>(() => Source.Failed<int>(new FormatException("bad")).RunWith(hub.Sink));
        await Task.WhenAll(producers).WaitAsync(Eventually.Patience);
        hub.Complete();

        IReadOnlyList<int> all = await run.All();
        Assert.Equal(150, all.Count);
        for (int p = 0; p < 3; p++) Assert.Equal(Enumerable.Range(p * 100, 50), all.Where(n => n / 100 == p));
    }

    [Fact]
    public async Task BroadcastHub_GivesEachConsumerAll_FromWhenItJoins()
    {
        var hub = new BroadcastHub<int>(100, StreamOverflow.Backpressure, 8);
        var (queue, source) = Source.Queue<int>(100, StreamOverflow.Backpressure);
        Task spread = source.RunWith(hub.Sink);
        var early = new StreamRun<int>(hub.Source);
        await Eventually.True(() => hub.Consumers == 1);
        queue.TryOffer(1);
        await early.Has(1);

        var late = new StreamRun<int>(hub.Source);
        await Eventually.True(() => hub.Consumers == 2);
        queue.TryOffer(2);
        queue.Complete();
        await spread;

        Assert.Equal([1, 2], await early.All());
        Assert.Equal([2], await late.All());
        Assert.Equal(0, hub.Consumers);
    }

    [Fact]
    public async Task BroadcastHub_FailsOnlyTheSlowConsumer_WhereThePolicySaysSo()
    {
        var hub = new BroadcastHub<int>(2, StreamOverflow.Fail, 8);
        var gate = new TaskCompletionSource();
        var (queue, source) = Source.Queue<int>(100, StreamOverflow.Backpressure);
        Task spread = source.RunWith(hub.Sink);
        var quick = new StreamRun<int>(hub.Source);
        Task slow = hub.Source.RunWith(Sink.ForEachAsync<int>((_, _) => gate.Task));
        await Eventually.True(() => hub.Consumers == 2);

        for (int i = 0; i < 10; i++)
        {
            queue.TryOffer(i);
            await quick.Has(i + 1);
        }

        gate.SetResult();
        queue.Complete();
        await spread;
        await Assert.ThrowsAsync<StreamOverflowException>(() => slow);
        Assert.Equal(10, (await quick.All()).Count);
    }

    [Fact]
    public async Task BroadcastHub_RefusesMoreConsumersThanItMayHave()
    {
        var hub = new BroadcastHub<int>(2, StreamOverflow.DropHead, 1);
        using var cancel = new CancellationTokenSource();
        var first = new StreamRun<int>(hub.Source, cancel.Token);
        await Eventually.True(() => hub.Consumers == 1);

        await Assert.ThrowsAsync<InvalidOperationException>(new StreamRun<int>(hub.Source).All);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(first.All);
    }

    [Fact]
    public async Task KillSwitch_EndsInOrder_OrFails()
    {
        using var orderly = new KillSwitch();
        using var failing = new KillSwitch();
        var (_, source) = Source.Queue<int>(1, StreamOverflow.Backpressure);
        var (_, other) = Source.Queue<int>(1, StreamOverflow.Backpressure);
        var ends = new StreamRun<int>(source.WithKillSwitch(orderly));
        var fails = new StreamRun<int>(other.WithKillSwitch(failing));

        orderly.Shutdown();
        failing.Abort(new FormatException("enough"));

        Assert.Empty(await ends.All());
        await Assert.ThrowsAsync<FormatException>(fails.All);
    }

    [Fact]
    public async Task RestartSource_BeginsAnew_AfterARestThatDoubles()
    {
        var time = new FakeTime();
        int runs = 0;
        var settings = new RestartSettings(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), RandomFactor: 0, MaxRestarts: 2);
        var run = new StreamRun<int>(RestartSource.OnFailuresWithBackoff(
            settings,
            () => Interlocked.Increment(ref runs) < 4 ? Source.Failed<int>(new FormatException($"run {runs}")) : Source.From([1]),
            time,
            1));

        await Eventually.True(() => time.PendingTimers == 1);
        time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.True(() => Volatile.Read(ref runs) == 2 && time.PendingTimers == 1);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, Volatile.Read(ref runs));
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("run 3", (await Assert.ThrowsAsync<FormatException>(run.All)).Message);
    }
}
