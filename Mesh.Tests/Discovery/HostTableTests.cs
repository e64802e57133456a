using System.Collections.Concurrent;
using Mesh.Discovery.Dns;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Discovery;

public sealed class HostTableTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void AsksOnceForAllWhoWatch_AndAgainEveryFiveSeconds()
    {
        var dns = new FakeDns { Hosts = { ["app.test"] = FakeDns.At("10.0.0.1") } };
        using var table = new HostTable(dns, _time);
        using IHostWatch one = table.Watch("app.test");
        using IHostWatch other = table.Watch("APP.test");
        Assert.Single(dns.Asked);

        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Single(dns.Asked);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, dns.Asked.Count);
        _time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(12, dns.Asked.Count);
    }

    [Fact]
    public void KeepsTheLastGoodAnswerAndSaysWhatFailed()
    {
        var dns = new FakeDns { Hosts = { ["app.test"] = FakeDns.At("10.0.0.1") } };
        using var table = new HostTable(dns, _time);
        using IHostWatch watch = table.Watch("app.test");
        Assert.Null(watch.Problem);

        dns.Hosts["app.test"] = new HostState.Failed("SERVFAIL");
        _time.Advance(HostTable.DefaultRefresh);
        Assert.Equal(FakeDns.At("10.0.0.1"), watch.Current);
        Assert.Equal("SERVFAIL", watch.Problem);

        dns.Hosts.TryRemove("app.test", out _);
        _time.Advance(HostTable.DefaultRefresh);
        Assert.Equal(HostState.NotFound.Instance, watch.Current);
        Assert.Null(watch.Problem);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(20, 20)]
    [InlineData(86_400, 300)]
    public void AsksAgainWhenTheAnswerEnds_WithinBounds(int timeToLive, int asksAfter)
    {
        HostState.Known answer = (HostState.Known)FakeDns.At("10.0.0.1") with { TimeToLive = TimeSpan.FromSeconds(timeToLive) };
        var dns = new FakeDns { Hosts = { ["app.test"] = answer } };
        using var table = new HostTable(dns, _time);
        using IHostWatch watch = table.Watch("app.test");

        _time.Advance(TimeSpan.FromSeconds(asksAfter) - TimeSpan.FromTicks(1));
        Assert.Single(dns.Asked);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(2, dns.Asked.Count);
    }

    [Fact]
    public void NeverAsksForMoreThanAFewAtATime_NewNamesLeaveRoomForRefreshes()
    {
        var dns = new HeldDns();
        using var table = new HostTable(dns, _time);
        using IHostWatch app = table.Watch("app.test");
        dns.Answer("app.test", FakeDns.At("10.0.0.1"));

        IHostWatch[] strangers = [.. Enumerable.Range(0, 100).Select(i => table.Watch($"stranger{i}.test"))];
        Assert.Equal(DnsQueue.MaxConcurrentOfKind, dns.Held.Count);
        _time.Advance(HostTable.DefaultRefresh);
        Assert.Equal(DnsQueue.MaxConcurrentOfKind + 1, dns.Held.Count);
        dns.Answer("app.test", FakeDns.At("10.0.0.2"));

        Assert.Equal(FakeDns.At("10.0.0.2"), app.Current);
        foreach (IHostWatch stranger in strangers.Skip(DnsQueue.MaxConcurrentOfKind)) stranger.Dispose();
        dns.AnswerAll(HostState.NotFound.Instance);
        Assert.Equal(DnsQueue.MaxConcurrentOfKind + 2, dns.Asked.Count);
    }

    [Fact]
    public void RefreshesLeaveRoomForNewNames()
    {
        var dns = new HeldDns();
        using var table = new HostTable(dns, _time);
        IHostWatch[] known = [.. Enumerable.Range(0, 20).Select(i => table.Watch($"known{i}.test"))];
        while (!dns.Held.IsEmpty) dns.AnswerAll(FakeDns.At("10.0.0.1"));
        _time.Advance(HostTable.DefaultRefresh);
        Assert.Equal(DnsQueue.MaxConcurrentOfKind, dns.Held.Count);

        using IHostWatch stranger = table.Watch("stranger.test");
        dns.Answer("stranger.test", FakeDns.At("10.0.0.9"));

        Assert.Equal(FakeDns.At("10.0.0.9"), stranger.Current);
        Assert.All(known, each => Assert.Equal(FakeDns.At("10.0.0.1"), each.Current));
    }

    [Fact]
    public void TurnsAwayTheNamesThatAreTooMany_UntilTheirNextTurn()
    {
        var dns = new HeldDns();
        using var table = new HostTable(dns, _time);
        IHostWatch[] waiting =
            [.. Enumerable.Range(0, DnsQueue.MaxConcurrentOfKind + DnsQueue.MaxWaiting).Select(i => table.Watch($"stranger{i}.test"))];

        using IHostWatch late = table.Watch("late.test");
        Assert.Contains("wait for DNS already", Assert.IsType<HostState.Failed>(late.Current).Reason, StringComparison.Ordinal);
        Assert.Equal(DnsQueue.MaxConcurrentOfKind, dns.Asked.Count);

        while (!dns.Held.IsEmpty) dns.AnswerAll(HostState.NotFound.Instance);
        foreach (IHostWatch each in waiting) each.Dispose();
        _time.Advance(HostTable.DefaultRefresh);
        dns.Answer("late.test", FakeDns.At("10.0.0.1"));
        Assert.Equal(FakeDns.At("10.0.0.1"), late.Current);
    }

    [Fact]
    public void AResolverThatThrowsCostsItsNameAlone()
    {
        var dns = new HeldDns();
        using var table = new HostTable(dns, _time);
        IHostWatch[] bad = [.. Enumerable.Range(0, 2 * DnsQueue.MaxConcurrent).Select(i => table.Watch($"bad{i}.test"))];
        while (!dns.Held.IsEmpty) dns.ThrowAll(new InvalidOperationException("broken"));

        using IHostWatch good = table.Watch("good.test");
        dns.Answer("good.test", FakeDns.At("10.0.0.1"));

        Assert.Equal(FakeDns.At("10.0.0.1"), good.Current);
        Assert.Equal("DNS query for bad0.test failed: InvalidOperationException: broken", bad[0].Problem);
    }

    [Fact]
    public void WatchesABoundedNumberOfHosts()
    {
        using var table = new HostTable(new FakeDns(), _time);
        IHostWatch[] all = [.. Enumerable.Range(0, HostTable.MaxHosts).Select(i => table.Watch($"h{i}.test"))];

        Assert.IsType<HostState.Failed>(table.Watch("more.test").Current);
        all[0].Dispose();
        Assert.IsType<HostState.NotFound>(table.Watch("more.test").Current);
    }

    /// <summary>A resolver that answers when the test says so, on its thread.</summary>
    private sealed class HeldDns : IDnsResolver
    {
        public ConcurrentDictionary<string, TaskCompletionSource<HostState>> Held { get; } = new();

        public ConcurrentQueue<string> Asked { get; } = new();

        public Task<HostState> ResolveAsync(string host, CancellationToken cancellation)
        {
            Asked.Enqueue(host);
            return Held.GetOrAdd(host, _ => new TaskCompletionSource<HostState>()).Task;
        }

        public void Answer(string host, HostState answer) => End(host, held => held.SetResult(answer));

        public void ThrowAll(Exception exception)
        {
            foreach (string host in Held.Keys) End(host, held => held.SetException(exception));
        }

        public void AnswerAll(HostState answer)
        {
            foreach (string host in Held.Keys) Answer(host, answer);
        }

        private void End(string host, Action<TaskCompletionSource<HostState>> end)
        {
            Assert.True(Held.TryRemove(host, out TaskCompletionSource<HostState>? held), $"{host} is not asked for");
            // A test's own context would send what waits for the answer to the pool.
            SynchronizationContext? context = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(null);
            end(held);
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
