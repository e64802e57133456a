using Mesh.Actors.Clustering;
using Mesh.Tests.Actors.Remoting;
using Xunit;

namespace Mesh.Tests.Actors.Clustering;

public sealed class SelfWatchTests
{
    private readonly VirtualLoop _loop = new();
    private readonly Queue<Action> _pool = new();
    private readonly List<string> _said = [];
    private TimeSpan _paused;
    private int _doubts;

    [Fact]
    public void NothingIsDoubted_WhileThePoolAnswers_AndTheCollectorRests()
    {
        SelfWatch watch = Start();

        for (int i = 0; i < 100; i++)
        {
            _paused += TimeSpan.FromMilliseconds(200);
            _loop.Run(1);
            while (_pool.TryDequeue(out Action? call)) call();
        }

        watch.Stop();
        Assert.Equal(0, _doubts);
    }

    [Fact]
    public void AStarvedPool_IsDoubtedEachSecond_AndSaidOnce_UntilItAnswers()
    {
        SelfWatch watch = Start();

        _loop.Run(5.5);
        Assert.Equal(4, _doubts);
        Assert.Contains("thread pool", Assert.Single(_said), StringComparison.Ordinal);
        Assert.Single(_pool).Invoke();
        _pool.Clear();
        _loop.Run(1);

        watch.Stop();
        Assert.Equal(4, _doubts);
    }

    [Fact]
    public void ACollectorThatTakesTooMuch_IsDoubted()
    {
        SelfWatch watch = Start();

        _paused += TimeSpan.FromMilliseconds(300);
        _loop.Run(1.5);
        while (_pool.TryDequeue(out Action? call)) call();
        _loop.Run(1);

        watch.Stop();
        Assert.Equal(1, _doubts);
        Assert.Contains("collector", Assert.Single(_said), StringComparison.Ordinal);
    }

    private SelfWatch Start()
    {
        SelfWatch watch = new(_loop, _pool.Enqueue, () => _paused, () => _doubts++, line => _said.Add(line.Message));
        watch.Start();
        return watch;
    }
}
