using Mesh.Discovery.Names;
using Mesh.Routing.Bindings;
using Mesh.Tests.Discovery;
using Xunit;

namespace Mesh.Tests.Routing.Bindings;

/// <summary>Requests that found nobody where a binding led them ask it again.</summary>
public sealed class SecondLookTests
{
    [Fact]
    public async Task AnswersByWhatHoldsNow_ThoughTheQueueIsFarBehind()
    {
        using var kit = new BindingKit("/svc => /#/fs | /#/backup");
        kit.Serve("/#/fs/web");
        kit.Serve("/#/backup/web");
        ServiceBinding<BindingKit.Destination> binding = kit.Hold("web");
        await binding.FirstBound.WaitAsync(Live.Patience);
        using ManualResetEventSlim release = new();
        kit.Cache.Queue.Enqueue(new Jam(release));

        kit.Addresses("/#/fs/web").Set(AddressState.Known.Nothing);
        string before = LeadsTo(binding.Current);
        TimeSpan minute = TimeSpan.FromMinutes(1);
        BindingSnapshot<BindingKit.Destination>? now = await binding.LookAgainAsync(new object(), minute).AsTask().WaitAsync(Live.Patience);

        release.Set();
        Assert.Equal(("/#/fs/web", "/#/backup/web"), (before, LeadsTo(now)));
    }

    [Fact]
    public async Task AsksOnceForOneFinding_HoweverManyRequestsSawIt()
    {
        int evaluations = 0;
        SecondLook look = new();
        object finding = new();

        Task[] asked = [.. Enumerable.Range(0, 10).Select(_ => look.Ask(finding, () => evaluations++))];
        SecondLook.Waiting? waiting = look.Begin();
        Task late = look.Ask(new object(), () => evaluations++);
        look.End(waiting);

        await Task.WhenAll(asked).WaitAsync(Live.Patience);
        Assert.Equal(2, evaluations);
        Assert.False(late.IsCompleted);
        Assert.True(look.Ask(finding, () => evaluations++).IsCompleted);
        Assert.Equal(2, evaluations);
    }

    [Fact]
    public async Task WaitsNoLongerThanItMay()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        kit.Serve("/#/fs/web");
        ServiceBinding<BindingKit.Destination> binding = kit.Hold("web");
        await binding.FirstBound.WaitAsync(Live.Patience);

        BindingSnapshot<BindingKit.Destination>? now = await binding.LookAgainAsync(new object(), TimeSpan.Zero).AsTask().WaitAsync(Live.Patience);

        Assert.Equal("/#/fs/web", LeadsTo(now));
    }

    private static string LeadsTo(BindingSnapshot<BindingKit.Destination>? snapshot) => snapshot!.Leaves.Single().Destination!.Name.Id.ToString();

    private sealed class Jam(ManualResetEventSlim release) : IEvaluated
    {
        public void EvaluateNow() => release.Wait(Live.Patience);
    }
}
