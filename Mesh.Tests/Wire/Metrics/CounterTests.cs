using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Wire.Metrics;

public class CounterTests
{
    private readonly MetricRegistry _registry = new(stripes: 3);

    [Fact]
    public void ValueIsTheSumOverStripes()
    {
        Counter counter = _registry.Counter("a_total", "A.", LabelSet.Empty);

        counter.Add(0);
        counter.Add(1, 10);
        counter.Add(2, 100);

        Assert.Equal(111, counter.Value);
    }

    [Fact]
    public void CountersOfOneScopeDoNotTouchEachOther()
    {
        using MetricScope scope = _registry.OpenScope();
        Counter[] counters = [.. Enumerable.Range(0, 20).Select(i => scope.Counter($"c{i}_total", "C.", LabelSet.Empty))];

        for (int i = 0; i < counters.Length; i++)
        {
            for (int stripe = 0; stripe < 3; stripe++) counters[i].Add(stripe, i);
        }

        Assert.All(counters, (counter, i) => Assert.Equal(3 * i, counter.Value));
    }

    [Fact]
    public async Task TheSharedStripeLosesNothingBetweenThreads()
    {
        Counter counter = _registry.Counter("a_total", "A.", LabelSet.Empty);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 50_000; i++) counter.Add(0);
        }))).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(200_000, counter.Value);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public void AStripeThatDoesNotExistIsRefused(int stripe)
    {
        Counter counter = _registry.Counter("a_total", "A.", LabelSet.Empty);

        Assert.Throws<IndexOutOfRangeException>(() => counter.Add(stripe));
    }

    [Fact]
    public void AddAllocatesNothing()
    {
        Counter counter = _registry.Counter("a_total", "A.", LabelSet.Empty);
        counter.Add(1);
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 10_000; i++) counter.Add(i % 3);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
