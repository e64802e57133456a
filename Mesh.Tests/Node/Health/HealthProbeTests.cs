using System.Net;
using System.Net.Sockets;
using Mesh.Node.Config;
using Mesh.Node.Health;
using Mesh.Tests.EndToEnd;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Node.Health;

/// <summary>One check, against real servers.</summary>
public sealed class HealthProbeTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly HealthProbe _probe;

    public HealthProbeTests() => _probe = new HealthProbe(_time);

    public void Dispose() => _probe.Dispose();

    private static HealthCheckConfig Get => new() { Path = "/health" };

    private static Origin Status(int status, string fields = "") =>
        Origin.Answering(_ => $"HTTP/1.1 {status} X\r\n{fields}Content-Length: 2\r\n\r\nok");

    private async Task<(CheckVerdict Verdict, string Evidence)> CheckAsync(Origin origin, HealthCheckConfig config)
    {
        CheckResult result = await _probe.CheckAsync(origin.Address, config, CancellationToken.None).WaitAsync(Peer.Patience);
        return (result.Verdict, result.Evidence);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(204, true)]
    [InlineData(302, true)]
    [InlineData(399, true)]
    [InlineData(404, false)]
    [InlineData(500, false)]
    [InlineData(503, false)]
    public async Task Status_2xxAnd3xxAreGood(int status, bool isGood)
    {
        await using Origin origin = Status(status);

        Assert.Equal((isGood ? CheckVerdict.Good : CheckVerdict.Bad, $"GET /health answered {status}"), await CheckAsync(origin, Get));
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        await using Origin origin = Status(302, "Location: /elsewhere\r\n");

        Assert.Equal(CheckVerdict.Good, (await CheckAsync(origin, Get)).Verdict);
        Assert.Single(origin.Requests);
    }

    [Fact]
    public async Task Request_SaysWhoAsksAndHasAConnectionOfItsOwn()
    {
        await using Origin origin = Status(200);

        await CheckAsync(origin, Get);
        await CheckAsync(origin, Get with { Path = "/a/../b%2e?c=d", Host = "users.example" });

        Assert.Equal(["GET /health HTTP/1.1", "GET /a/../b%2e?c=d HTTP/1.1"], origin.Requests.Select(request => request.StartLine));
        Assert.Equal([origin.Address.ToString(), "users.example"], origin.Requests.Select(request => request["Host"]));
        Assert.All(origin.Requests, request => Assert.Equal(("mesh-health-check", "close"), (request["User-Agent"], request["Connection"])));
        Assert.Equal(2, origin.Connections);
    }

    [Fact]
    public async Task Port_MayBeAnother()
    {
        await using Origin health = Status(200);
        await using Origin traffic = Status(500);

        Assert.Equal(CheckVerdict.Good, (await CheckAsync(traffic, Get with { Port = health.Port })).Verdict);
        Assert.Empty(traffic.Requests);
    }

    [Fact]
    public async Task Refused_IsBad()
    {
        IPEndPoint nobody = new(IPAddress.Loopback, Ports.Free());

        CheckResult get = await _probe.CheckAsync(nobody, Get, CancellationToken.None);
        CheckResult tcp = await _probe.CheckAsync(nobody, new HealthCheckConfig(), CancellationToken.None);

        Assert.Equal(new CheckResult(CheckVerdict.Bad, "GET /health: connection refused", Refuses: true), get);
        Assert.Equal(new CheckResult(CheckVerdict.Bad, "TCP connection: connection refused", Refuses: true), tcp);
    }

    [Fact]
    public async Task RefusalOfAnotherPort_DoesNotMeanThatRequestsAreRefused()
    {
        await using Origin traffic = Status(200);

        CheckResult result = await _probe.CheckAsync(traffic.Address, Get with { Port = Ports.Free() }, CancellationToken.None);

        Assert.Equal(new CheckResult(CheckVerdict.Bad, "GET /health: connection refused"), result);
    }

    [Fact]
    public async Task Connection_IsEnoughWithoutAPath()
    {
        await using Origin mute = Origin.Scripted(peer => peer.ReadToEndAsync());

        Assert.Equal(CheckVerdict.Good, (await CheckAsync(mute, new HealthCheckConfig())).Verdict);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")]
    public async Task Silence_IsBadWhenTheTimeIsOver(string begun)
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Origin silent = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            if (begun.Length > 0) await peer.SendAsync(begun);
            asked.SetResult();
            await peer.ReadToEndAsync();
        });

        Task<CheckResult> check = _probe.CheckAsync(silent.Address, Get with { TimeoutMs = 700 }, CancellationToken.None);
        await asked.Task.WaitAsync(Peer.Patience);
        _time.Advance(TimeSpan.FromMilliseconds(699));
        bool early = check.IsCompleted;
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(new CheckResult(CheckVerdict.Bad, "GET /health: not done within 700 ms"), await check.WaitAsync(Peer.Patience));
        Assert.False(early);
    }

    [Theory]
    [InlineData("", "GET /health: closed without a complete response")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "GET /health: the response broke off")]
    public async Task ResponseThatBreaksOff_IsBad(string response, string evidence)
    {
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            if (response.Length > 0) await peer.SendAsync(response);
        });

        Assert.Equal((CheckVerdict.Bad, evidence), await CheckAsync(origin, Get));
    }

    [Fact]
    public async Task Nonsense_IsBadAndItsWordsAreBounded()
    {
        await using Origin origin = Origin.Answering(_ => $"SSH-2.0-{new string('x', 5000)}\r\n\r\n");

        (CheckVerdict verdict, string evidence) = await CheckAsync(origin, Get);

        Assert.Equal(CheckVerdict.Bad, verdict);
        Assert.InRange(evidence.Length, 20, 220);
    }

    [Fact]
    public async Task BodyWithoutEnd_IsReadUpToALimit()
    {
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            while (true) await peer.SendAsync(new string('x', 4096));
        });

        Assert.Equal(CheckVerdict.Good, (await CheckAsync(origin, Get)).Verdict);
    }

    [Fact]
    public async Task End_IsNoResult()
    {
        using CancellationTokenSource end = new();
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Origin silent = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            asked.SetResult();
            await peer.ReadToEndAsync();
        });

        Task<CheckResult> check = _probe.CheckAsync(silent.Address, Get, end.Token);
        await asked.Task.WaitAsync(Peer.Patience);
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => check.WaitAsync(Peer.Patience));
        Assert.Equal(0, _time.PendingTimers);
    }

    [Fact]
    public async Task Checks_AtOnceAreBounded()
    {
        const int checks = 3 * HealthProbe.MaxConcurrent;
        int open = 0;
        int most = 0;
        TaskCompletionSource full = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Origin origin = Origin.Scripted(async (peer, _) =>
        {
            await peer.ReadRequestAsync();
            int now = Interlocked.Increment(ref open);
            InterlockedMax(ref most, now);
            if (now == HealthProbe.MaxConcurrent) full.TrySetResult();
            await full.Task.WaitAsync(Peer.Patience);
            Interlocked.Decrement(ref open);
            await peer.SendAsync(Origin.Ok("ok"));
        });

        Task<CheckResult>[] all =
            [.. Enumerable.Range(0, checks).Select(_ => _probe.CheckAsync(origin.Address, Get, CancellationToken.None))];
        CheckResult[] results = await Task.WhenAll(all).WaitAsync(Peer.Patience);

        Assert.All(results, result => Assert.Equal(CheckVerdict.Good, result.Verdict));
        Assert.Equal(HealthProbe.MaxConcurrent, most);
    }

    [Theory]
    [InlineData(SocketError.TooManyOpenSockets)]
    [InlineData(SocketError.AddressNotAvailable)]
    [InlineData(SocketError.NoBufferSpaceAvailable)]
    public void WantOfOurOwn_SaysNothingOfTheEndpoint(SocketError error)
    {
        CheckResult result = CheckFailures.ResultOf(new HttpRequestException("", new SocketException((int)error)), Get, isLate: false);

        Assert.Equal(CheckVerdict.Void, result.Verdict);
    }

    private static void InterlockedMax(ref int most, int now)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < now) Interlocked.CompareExchange(ref most, now, seen);
    }
}
