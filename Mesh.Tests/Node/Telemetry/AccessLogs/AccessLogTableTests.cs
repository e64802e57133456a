using Mesh.Node.Config;
using Mesh.Node.Telemetry.AccessLogs;
using Mesh.Tests.Kit;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.Telemetry.AccessLogs;

public sealed class AccessLogTableTests : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-log-");
    private readonly List<string> _reports = [];
    private readonly AccessLogTable _logs;

    public AccessLogTableTests() => _logs = new AccessLogTable(loops: 1, new FakeTime(), _reports.Add);

    public async ValueTask DisposeAsync()
    {
        await _logs.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private AccessLogConfig To(string name, bool append = true) => new(Path.Combine(_folder.FullName, name), RollPolicy.Never, append, -1);

    [Fact]
    public void RoutersThatNameTheSameFile_ShareALog()
    {
        AccessLog one = _logs.Open(To("a.log"));
        AccessLog two = _logs.Open(To("x/../a.log"));
        AccessLog other = _logs.Open(To("b.log"));

        Assert.Same(one, two);
        Assert.NotSame(one, other);
    }

    [Fact]
    public void SameFileWithOtherSettings_IsAnError()
    {
        _logs.Open(To("a.log"));

        IOException error = Assert.Throws<IOException>(() => _logs.Open(To("a.log", append: false)));

        Assert.Contains(To("a.log").Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FileThatCannotBeOpened_IsAnErrorThatNamesIt()
    {
        IOException error = Assert.Throws<IOException>(() => _logs.Open(new AccessLogConfig(_folder.FullName, RollPolicy.Never, true, -1)));

        Assert.Contains(_folder.FullName, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counts_AreServedAsMetrics()
    {
        MetricRegistry registry = new(stripes: 1);
        _logs.Register(registry);
        AccessLog log = _logs.Open(To("a.log"));

        log.Log(1, Requests.Get("/"), null, 200, 5);
        await log.FlushAsync().WaitAsync(s_limit);

        Assert.Equal(
            [AccessLogMetricNames.Dropped, AccessLogMetricNames.Lines, AccessLogMetricNames.Failures],
            registry.Families().Select(family => family.Name)
                .Where(name => name.StartsWith("mesh_access_", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(Requests.LineOf("/").Length, new FileInfo(To("a.log").Path).Length);
        Assert.Equal(1, log.Lines);
    }

    [LinuxFact]
    public async Task FullDisk_CostsLinesIsToldOnceAndNothingElse()
    {
        AccessLog log = _logs.Open(new AccessLogConfig("/dev/full", new RollPolicy(RollPolicyKind.Size, Bytes: 1), true, -1));

        for (int turn = 0; turn < 3; turn++)
        {
            log.Log(1, Requests.Get("/"), null, 200, 5);
            await log.FlushAsync().WaitAsync(s_limit);
        }

        Assert.Equal((0, 3, 3), (log.Lines, log.Dropped, log.Failures));
        Assert.Contains("/dev/full", Assert.Single(_reports), StringComparison.Ordinal);
        Assert.True(File.Exists("/dev/full"));
    }

    [Fact]
    public async Task FileThatCannotBeOpenedAnew_IsTriedAtEachTick()
    {
        AccessLog log = _logs.Open(To("logs/a.log"));
        Directory.Delete(Path.Combine(_folder.FullName, "logs"), recursive: true);
        File.WriteAllText(Path.Combine(_folder.FullName, "logs"), "in the way");
        log.Log(1, Requests.Get("/lost"), null, 200, 5);
        await log.FlushAsync().WaitAsync(s_limit);

        File.Delete(Path.Combine(_folder.FullName, "logs"));
        log.Log(1, Requests.Get("/kept"), null, 200, 5);
        await log.FlushAsync().WaitAsync(s_limit);

        Assert.Equal(Requests.LineOf("/kept"), File.ReadAllText(To("logs/a.log").Path));
        Assert.Equal((1, 1), (log.Lines, log.Dropped));
        Assert.Equal(2, _reports.Count);
    }
}
