using System.Net;
using Mesh.Discovery.Namerd;
using Mesh.Discovery.Names;
using Mesh.Tests.EndToEnd;
using Xunit;

namespace Mesh.Tests.Discovery.Namerd;

public sealed class NamerdNamesTests : IDisposable
{
    private readonly NamerdRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task AsksForTheNameByItsNamespaceAndTheRulesGiven()
    {
        using INameWatch watch = _rig.Watch("/svc/a", "/svc=>/#/fs");

        Asked asked = await _rig.Namerd.NextAsync();

        Assert.Equal("/api/1/bind/web?path=%2Fsvc%2Fa&dtab=%2Fsvc%3D%3E%2F%23%2Ffs&watch=true&instances=true", asked.Target);
        Assert.IsType<NameState.Pending>(watch.Current);
    }

    [Fact]
    public async Task IsBoundWithTheAddressesOfItsDestinationsOwnWatch()
    {
        using INameWatch watch = _rig.Watch();
        (Asked bind, Asked addr, BoundName destination) = await _rig.BoundAsync(watch);

        await addr.SayAsync(NamerdRig.Addresses("10.0.0.1:80 10.0.0.2:80") + "\n");
        await destination.UntilEndPoints("10.0.0.1:80", "10.0.0.2:80");
        await bind.SayAsync(NamerdRig.Leaf("/#/fs/a", "10.0.0.9:80", "/rest") + "\n");
        await watch.Until(static state => state.ToString()!.Length > 0 && Residual(state) == "/rest");

        Assert.Equal("/api/1/addr/web?path=%2F%23%2Ffs%2Fa&watch=true&instances=true", addr.Target);
        Assert.Same(destination, await watch.Destination());
        Assert.Equal("[10.0.0.1:80, 10.0.0.2:80]", destination.Addresses.Current.ToString());
    }

    [Fact]
    public async Task ServesByTheAddressesOfTheNameWhileTheDestinationsWatchIsSilent()
    {
        using INameWatch watch = _rig.Watch();
        Asked bind = await _rig.Namerd.NextAsync();

        await bind.SayAsync(NamerdRig.Leaf("/#/fs/a", "10.0.0.1:80") + "\n");
        BoundName destination = await watch.Destination();
        (await _rig.Namerd.NextAsync("addr")).Refuse(HttpStatusCode.BadRequest, "no such name");
        await bind.SayAsync(NamerdRig.Leaf("/#/fs/a", "10.0.0.2:80") + "\n");

        await destination.UntilEndPoints("10.0.0.2:80");
    }

    [Fact]
    public async Task KeepsWhatItKnewWhileNamerdIsAway_AndSaysSinceWhen()
    {
        using INameWatch watch = _rig.Watch();
        (Asked bind, Asked addr, BoundName destination) = await _rig.BoundAsync(watch);

        bind.Break();
        addr.Break();
        await Eventually.HoldsAsync(() => _rig.Names.Problem is not null, () => "nothing is wrong");
        for (int i = 0; i < 3; i++) (await _rig.NextAfterPauseAsync()).RefuseConnection();

        Assert.Same(destination, await watch.Destination());
        Assert.Equal("[10.0.0.1:80]", destination.Addresses.Current.ToString());
        Assert.StartsWith("namerd at namerd:4180 does not answer since 2026-01-01T00:00:00Z (", _rig.Names.Problem, StringComparison.Ordinal);
        Assert.True(_rig.Names.Away > TimeSpan.FromSeconds(4));
        Assert.Contains("nobody listens", Assert.Single(_rig.Names.Status).Problem, StringComparison.Ordinal);
        Assert.Single(_rig.Said);
    }

    [Fact]
    public async Task ComesBack_AllAtOnce_WhenOneFindsItThere()
    {
        using INameWatch watch = _rig.Watch();
        (Asked bind, Asked addr, BoundName destination) = await _rig.BoundAsync(watch);
        bind.Break();
        addr.Break();

        await (await _rig.NextAfterPauseAsync()).SayAsync(NamerdRig.Leaf("/#/fs/a", "10.0.0.3:80") + "\n");
        await (await _rig.NextAfterPauseAsync("addr")).SayAsync(NamerdRig.Addresses("10.0.0.3:80") + "\n");

        await destination.UntilEndPoints("10.0.0.3:80");
        Assert.Null(_rig.Names.Problem);
        Assert.Equal(2, _rig.Said.Count);
    }

    [Fact]
    public async Task IsPendingWithTheReason_WhileNobodyAnswersAtAll()
    {
        using INameWatch watch = _rig.Watch();

        (await _rig.Namerd.NextAsync()).RefuseConnection();

        NameState state = await watch.Until(static state => state is NameState.Pending { Why: not null });
        Assert.Equal("namerd at namerd:4180: nobody listens", ((NameState.Pending)state).Why);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, "no such thing\n", "namerd at namerd:4180: it answered 404: no such thing")]
    [InlineData(HttpStatusCode.BadRequest, "Invalid path", "namerd at namerd:4180: it answered 400: Invalid path")]
    public async Task Fails_WhenNamerdRefusesANameNeverKnown(HttpStatusCode status, string words, string reason)
    {
        using INameWatch watch = _rig.Watch();

        (await _rig.Namerd.NextAsync()).Refuse(status, words);

        NameState state = await watch.Until(static state => state is NameState.Failed);
        Assert.Equal(reason, ((NameState.Failed)state).Reason);
        await (await _rig.NextAfterPauseAsync()).SayAsync("{\"type\":\"neg\"}\n");
        Assert.Equal(NameState.Resolved.Neg, await watch.Until(static state => state is NameState.Resolved));
    }

    [Theory]
    [InlineData("java.lang.Exception: the store is gone\n", "it said \"java.lang.Exception: the store is gone\"")]
    [InlineData("{\"type\":\"leaf\"}\n", "it said \"{\"type\":\"leaf\"}\"")]
    [InlineData("[1,2\n", "it said \"[1,2\"")]
    [InlineData("\n", "it said an empty line")]
    public async Task KeepsWhatItKnew_WhenWhatComesIsGarbage(string garbage, string problem)
    {
        using INameWatch watch = _rig.Watch();
        (Asked bind, _, BoundName destination) = await _rig.BoundAsync(watch);

        await bind.SayAsync(garbage);
        await (await _rig.NextAfterPauseAsync()).SayAsync("");

        Assert.Same(destination, await watch.Destination());
        Assert.Contains(problem, Assert.Single(_rig.Names.Status).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AsksAnew_AfterTheStreamsLife_WithoutAWordOfHarm()
    {
        using INameWatch watch = _rig.Watch();
        (Asked bind, _, BoundName destination) = await _rig.BoundAsync(watch);

        _rig.Time.Advance(NamerdOptions.StreamLife * 1.2);
        await bind.Left;
        Asked renewed = await _rig.Namerd.NextAsync();
        await renewed.SayAsync(NamerdRig.Leaf("/#/fs/a", "10.0.0.1:80") + "\n");

        Assert.Same(destination, await watch.Destination());
        Assert.Empty(_rig.Said);
        Assert.Equal("", Assert.Single(_rig.Names.Status).Problem);
    }

    [Fact]
    public async Task SharesOneStreamAmongAllWhoAsk_AndEndsItAfterTheLast()
    {
        INameWatch first = _rig.Watch();
        INameWatch second = _rig.Watch();
        (Asked bind, Asked addr, BoundName destination) = await _rig.BoundAsync(first);
        IDisposable heard = destination.Addresses.OnChange(static () => { });

        first.Dispose();
        _rig.Time.Advance(NamerdOptions.SweepInterval);
        Assert.Equal(2, _rig.Names.Streams);
        second.Dispose();
        _rig.Time.Advance(NamerdOptions.SweepInterval);
        await bind.Left;
        Assert.False(addr.Left.IsCompleted);
        heard.Dispose();
        _rig.Time.Advance(NamerdOptions.SweepInterval);
        await addr.Left;

        Assert.Equal(0, _rig.Namerd.Waiting("bind"));
        Assert.Empty(_rig.Names.Status);
    }

    [Fact]
    public async Task FollowsATreeThatChanges_AndLetsGoOfWhatIsNoLongerInIt()
    {
        using INameWatch watch = _rig.Watch();
        (Asked bind, Asked addr, _) = await _rig.BoundAsync(watch);

        string both = $"{{\"type\":\"union\",\"union\":[{{\"weight\":0.9,\"tree\":{NamerdRig.Leaf("/#/fs/b", "")}}},"
            + $"{{\"weight\":0.1,\"tree\":{{\"type\":\"alt\",\"alt\":[{{\"type\":\"neg\"}},{NamerdRig.Leaf("/#/fs/c", "")}]}}}}]}}\n";
        await bind.SayAsync(both);
        NameState state = await watch.Until(static state => state is NameState.Resolved { Tree: NameTree<Name>.Union });
        _rig.Time.Advance(NamerdOptions.SweepInterval);
        await addr.Left;

        Assert.Equal("0.90*/#/fs/b & 0.10*(~ | /#/fs/c)", ((NameState.Resolved)state).Tree.ToString());
    }

    [Fact]
    public async Task TakesDocumentsWhereverTheirBytesAreCut()
    {
        using INameWatch watch = _rig.Watch();
        Asked bind = await _rig.Namerd.NextAsync();

        foreach (char each in NamerdRig.Leaf("/#/fs/a", "10.0.0.1:80 10.0.0.2:81") + "\n") await bind.SayAsync(each.ToString());

        await (await watch.Destination()).UntilEndPoints("10.0.0.1:80", "10.0.0.2:81");
    }

    [Fact]
    public async Task ADocumentWithoutEnd_IsAFault_AndTheStreamIsLeft()
    {
        using INameWatch watch = _rig.Watch();
        Asked bind = await _rig.Namerd.NextAsync();
        string part = new('x', 1 << 20);

        for (int i = 0; i <= NamerdOptions.MaxLineBytes >> 20 && watch.Current is not NameState.Failed; i++) await bind.SayAsync(part);

        NameState state = await watch.Until(static state => state is NameState.Failed);
        Assert.Equal("namerd at namerd:4180: it said more than 8 MiB in one document", ((NameState.Failed)state).Reason);
    }

    [Fact]
    public void ANameBeyondTheLimit_FailsAtOnce_AndOthersGoOn()
    {
        List<INameWatch> all = [.. Enumerable.Range(0, NamerdOptions.MaxStreams).Select(each => _rig.Watch($"/svc/n{each}"))];

        using INameWatch beyond = _rig.Watch("/svc/beyond");

        Assert.Contains("more than 4096 watches", Assert.IsType<NameState.Failed>(beyond.Current).Reason, StringComparison.Ordinal);
        Assert.All(all, static each => Assert.IsType<NameState.Pending>(each.Current));
        Assert.Equal(NamerdOptions.MaxStreams, _rig.Names.Streams);
        all.ForEach(static each => each.Dispose());
    }

    [Fact]
    public async Task ANameBeyondTheLimit_IsAskedFor_OnceThereIsRoom()
    {
        List<INameWatch> all = [.. Enumerable.Range(0, NamerdOptions.MaxStreams).Select(each => _rig.Watch($"/svc/n{each}"))];
        using INameWatch beyond = _rig.Watch("/svc/beyond");
        all.ForEach(static each => each.Dispose());

        Asked asked;
        do asked = await _rig.NextAfterPauseAsync();
        while (!asked.Target.Contains("beyond", StringComparison.Ordinal));
        await asked.SayAsync(NamerdRig.Leaf("/#/fs/a", "10.0.0.1:80") + "\n");

        await beyond.Until(static state => state is NameState.Resolved);
    }

    [Fact]
    public async Task ANamerdThatTakesQuestionsAndNeverAnswers_IsAway()
    {
        using INameWatch watch = _rig.Watch();
        Asked first = await _rig.Namerd.NextAsync();

        _rig.Time.Advance(NamerdOptions.AnswerTimeout);

        await first.Left;
        await watch.Until(static state => state is NameState.Pending { Why: "namerd at namerd:4180: no answer in time" });
        Assert.Contains("does not answer (no answer in time)", _rig.Said.Single(), StringComparison.Ordinal);
    }

    private static string? Residual(NameState state) =>
        state is NameState.Resolved { Tree: NameTree<Name>.Leaf { Value: Name.Bound bound } } ? bound.Residual.ToString() : null;
}
