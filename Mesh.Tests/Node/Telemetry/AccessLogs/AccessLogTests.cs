using System.Net;
using Mesh.Node.Telemetry.AccessLogs;
using Mesh.Tests.Kit;
using Mesh.Wire.Exchange;
using Xunit;

namespace Mesh.Tests.Node.Telemetry.AccessLogs;

public sealed class AccessLogTests : IAsyncDisposable
{
    private const int Loops = 2;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly FakeTime _time = new();
    private readonly RecordingTarget _target = new();
    private readonly List<string> _reports = [];
    private readonly AccessLog _log;

    public AccessLogTests() => _log = new AccessLog("test.log", _target, Loops, _time, _reports.Add);

    public async ValueTask DisposeAsync()
    {
        _target.Going.Set();
        await _log.DisposeAsync();
        _target.Going.Dispose();
    }

    private void Log(string path, int loop = 1) => _log.Log(loop, Requests.Get(path), null, 200, 5);

    private Task FlushAsync() => _log.FlushAsync().WaitAsync(s_limit);

    [Fact]
    public async Task Lines_AreWrittenWithinASecondThoughTheyAreFew()
    {
        Log("/one");
        Log("/two", loop: 2);
        Task written = _target.NextWrite;

        _time.Advance(AccessLog.FlushPeriod);
        await written.WaitAsync(s_limit);
        await FlushAsync();

        Assert.InRange(AccessLog.FlushPeriod, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(Requests.LineOf("/one") + Requests.LineOf("/two"), _target.Text);
        Assert.Equal(2, _log.Lines);
    }

    [Fact]
    public async Task FullBuffer_IsWrittenWithoutWaiting()
    {
        Task written = _target.NextWrite;

        for (int count = 0; count <= LineBuffer.Size / Requests.LineOf("/").Length; count++) Log("/");
        await written.WaitAsync(s_limit);

        Assert.InRange(_target.Text.Length, LineBuffer.Size - Requests.LineOf("/").Length, LineBuffer.Size);
    }

    [Fact]
    public async Task LinesOfALoop_StayInOrder()
    {
        int count = 5 * LineBuffer.Size / Requests.LineOf("/00000").Length;
        for (int number = 0; number < count; number++)
        {
            Log($"/{number:00000}");
            if (number % 1000 == 0) _time.Advance(AccessLog.FlushPeriod);
        }

        await FlushAsync();

        string[] paths = [.. _target.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[7])];
        Assert.Equal([.. Enumerable.Range(0, count).Select(number => $"/{number:00000}")], paths);
    }

    [Fact]
    public async Task LoopsAtOnce_LoseAndTearNoLine()
    {
        const int each = 5000;
        RequestHead[] heads = [.. Enumerable.Range(0, Loops + 1).Select(loop => Requests.Get($"/{loop}"))];

        Task writing = Task.WhenAll(heads.Select((head, loop) => Task.Run(() =>
        {
            for (int count = 0; count < each; count++) _log.Log(loop, head, null, 200, 5);
        })));
        while (!writing.IsCompleted) await FlushAsync();
        await FlushAsync();

        Assert.Equal(0, _log.Dropped);
        string[] lines = _target.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            heads.Select((_, loop) => (Requests.LineOf($"/{loop}").TrimEnd('\n'), each)),
            lines.GroupBy(line => line).Select(group => (group.Key, group.Count())).OrderBy(group => group.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task WriterThatHangs_CostsLinesAndNoTime()
    {
        _target.Going.Reset();
        RequestHead head = Requests.Get("/");
        int perBuffer = LineBuffer.Size / Requests.LineOf("/").Length;
        int total = (AccessLog.MaxWaitingBuffers + 5) * perBuffer;

        for (int count = 0; count < total; count++) _log.Log(1, head, null, 200, 5);
        await _target.Begun.Task.WaitAsync(s_limit);
        long dropped = _log.Dropped;
        _target.Going.Set();
        await FlushAsync();

        Assert.Equal(total - ((AccessLog.MaxWaitingBuffers + 1 + Loops) * perBuffer), dropped);
        Assert.Equal(total, _log.Lines + _log.Dropped);
        Assert.Contains("cannot keep up", Assert.Single(_reports), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drops_AreToldOnceAMinute()
    {
        await OverflowAsync();
        await OverflowAsync();
        Assert.Single(_reports);

        _time.Advance(TimeSpan.FromMinutes(1));
        await FlushAsync();
        await FlushAsync();

        Assert.Equal(2, _reports.Count);
    }

    private async Task OverflowAsync()
    {
        _target.Going.Reset();
        int enough = (AccessLog.MaxWaitingBuffers + 5) * LineBuffer.Size / Requests.LineOf("/").Length;
        RequestHead head = Requests.Get("/");
        for (int count = 0; count < enough; count++) _log.Log(1, head, null, 200, 5);
        _target.Going.Set();
        await FlushAsync();
    }

    [Fact]
    public async Task TargetThatFails_IsToldOnceEachWayAndItsLinesAreCounted()
    {
        _target.Error = new IOException("No space left on device");
        for (int turn = 0; turn < 3; turn++)
        {
            Log("/lost");
            await FlushAsync();
        }

        _target.Error = null;
        Log("/kept");
        await FlushAsync();
        Log("/kept");
        await FlushAsync();

        Assert.Equal((2, 3, 3), (_log.Lines, _log.Dropped, _log.Failures));
        Assert.Equal(2, _reports.Count);
        Assert.Contains("No space left on device", _reports[0], StringComparison.Ordinal);
        Assert.Contains("written again; 3 lines", _reports[1], StringComparison.Ordinal);
        Assert.DoesNotContain("/lost", _target.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TargetThatFails_IsAskedOnceATickHoweverManyLinesCome()
    {
        _target.Error = new IOException("No space left on device");

        for (int count = 0; count < 5 * LineBuffer.Size / Requests.LineOf("/").Length; count++) Log("/");
        await FlushAsync();

        Assert.InRange(_target.Writes, 1, 2);
        Assert.Equal(0, _log.Lines);
    }

    [Fact]
    public async Task Date_FollowsTheClock()
    {
        Log("/");
        _time.Advance(TimeSpan.FromSeconds(1));
        Log("/");
        await FlushAsync();

        Assert.Equal(Requests.LineOf("/") + Requests.LineOf("/", "01/01/2026:00:00:01 UTC"), _target.Text);
    }

    [Fact]
    public async Task Close_WritesWhatIsLeft()
    {
        Log("/last");

        await _log.DisposeAsync();
        Log("/late");
        await FlushAsync();

        Assert.Equal(Requests.LineOf("/last"), _target.Text);
        Assert.True(_target.IsDisposed);
        Assert.Equal(1, _log.Dropped);
    }

    [Fact]
    public async Task Close_DoesNotWaitForAWriterThatHangs()
    {
        _target.Going.Reset();
        Log("/");
        Task closed = _log.DisposeAsync().AsTask();
        await _target.Begun.Task.WaitAsync(s_limit);

        _time.Advance(AccessLog.CloseLimit);
        await closed.WaitAsync(s_limit);

        Assert.Contains("did not take its last lines", Assert.Single(_reports), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Line_IsLoggedWithoutAllocation()
    {
        RequestHead head = Wire.Http1.Http1Kit.Accepted("get / HTTP/1.1\r\nHost: web\r\nUser-Agent: \"x\"\r\n\r\n");
        IPAddress[] remotes = [IPAddress.Loopback, IPAddress.IPv6Loopback, IPAddress.Loopback.MapToIPv6()];
        await OverflowAsync();

        // The least of several rounds: the pool's own queue may grow on this thread, because of what other tests do.
        long allocated = long.MaxValue;
        for (int round = 0; round < 8; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int count = 0; count < 2000; count++) _log.Log(1, head, remotes[count % 3], 200, count);
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
            await FlushAsync();
        }

        Assert.Equal(0, allocated);
    }
}
