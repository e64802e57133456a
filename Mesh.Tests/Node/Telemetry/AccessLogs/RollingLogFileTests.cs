using Mesh.Node.Config;
using Mesh.Node.Telemetry.AccessLogs;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Node.Telemetry.AccessLogs;

public sealed class RollingLogFileTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-log-");
    private readonly List<string> _reports = [];

    private string[] Names => [.. _folder.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Delete(recursive: true);

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private string Read(string name = "test.log") => File.ReadAllText(At(name));

    private RollingLogFile Open(RollPolicy? policy = null, bool append = true, int keep = -1, string name = "test.log") =>
        new(new AccessLogConfig(At(name), policy ?? RollPolicy.Never, append, keep), _time, _reports.Add);

    [Theory]
    [InlineData(true, "hello!\nfirst\n")]
    [InlineData(false, "first\n")]
    public void Append_SaysWhetherWhatIsThereStays(bool append, string expected)
    {
        File.WriteAllText(At("test.log"), "hello!\n");

        using RollingLogFile file = Open(append: append);
        file.Write("first\n"u8);

        Assert.Equal(expected, Read());
    }

    [Fact]
    public void FoldersOfThePath_AreMade()
    {
        using RollingLogFile file = Open(name: "logs/of/mesh.log");
        file.Write("x\n"u8);

        Assert.Equal("x\n", Read("logs/of/mesh.log"));
    }

    [Fact]
    public void PathThatCannotBeWritten_IsAnErrorThatNamesIt()
    {
        File.WriteAllText(At("file"), "");
        _folder.CreateSubdirectory("folder");

        IOException below = Assert.Throws<IOException>(() => Open(name: "file/test.log"));
        IOException folder = Assert.Throws<IOException>(() => Open(name: "folder"));

        Assert.Contains(At("file/test.log"), below.Message, StringComparison.Ordinal);
        Assert.Contains(At("folder"), folder.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(RollPolicyKind.Hourly), 1, "test-20260101-00.log")]
    [InlineData(nameof(RollPolicyKind.Daily), 24, "test-20260101.log")]
    [InlineData(nameof(RollPolicyKind.Weekly), 24 * 3, "test-20260101.log")]
    public void TimeRoll_RenamesByWhenTheFileWasOpened(string kind, int hours, string rolled)
    {
        using RollingLogFile file = Open(new RollPolicy(Enum.Parse<RollPolicyKind>(kind), DayOfWeek.Sunday));
        file.Write("first\n"u8);
        _time.Advance(TimeSpan.FromHours(hours) - TimeSpan.FromSeconds(1));
        file.Write("second\n"u8);
        Assert.Equal(["test.log"], Names);

        _time.Advance(TimeSpan.FromSeconds(1));
        file.Write("third\n"u8);

        Assert.Equal([rolled, "test.log"], Names);
        Assert.Equal("first\nsecond\n", Read(rolled));
        Assert.Equal("third\n", Read());
    }

    [Fact]
    public void SizeRoll_KeepsEachFileWithinItsSizeAtWholeLines()
    {
        using RollingLogFile file = Open(new RollPolicy(RollPolicyKind.Size, Bytes: 10));

        file.Write("1234\n1234\n5678\n"u8);
        _time.Advance(TimeSpan.FromSeconds(1));
        file.Write("a line beyond it\n9\n"u8);

        Assert.Equal(["test-20260101-000000.log", "test-20260101-000000_01.log", "test-20260101-000001.log", "test.log"], Names);
        Assert.Equal("1234\n1234\n", Read("test-20260101-000000.log"));
        Assert.Equal("5678\n", Read("test-20260101-000000_01.log"));
        Assert.Equal("a line beyond it\n", Read("test-20260101-000001.log"));
        Assert.Equal("9\n", Read());
    }

    [Fact]
    public void SizeRoll_CountsWhatWasThereAtStart()
    {
        File.WriteAllText(At("test.log"), "12345678\n");

        using RollingLogFile file = Open(new RollPolicy(RollPolicyKind.Size, Bytes: 10));
        file.Write("x\n"u8);

        Assert.Equal("x\n", Read());
        Assert.Equal("12345678\n", Read("test-20260101-000000.log"));
    }

    [Fact]
    public void RotateCount_KeepsTheNewestAndTouchesNoOtherFile()
    {
        string[] others = ["test", "test-other.log", "test-20250101.txt", "tester-20250101.log"];
        foreach (string other in others) File.WriteAllText(At(other), "");
        File.WriteAllText(At("test-20250101.log"), "old");

        using RollingLogFile file = Open(new RollPolicy(RollPolicyKind.Daily), keep: 2);
        for (int day = 0; day < 4; day++)
        {
            file.Write("x\n"u8);
            _time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal([.. others.Concat(["test-20260102.log", "test-20260103.log", "test.log"]).Order(StringComparer.Ordinal)], Names);
    }

    [Fact]
    public void RotateCountZero_KeepsNone()
    {
        using RollingLogFile file = Open(new RollPolicy(RollPolicyKind.Daily), keep: 0);
        file.Write("x\n"u8);
        _time.Advance(TimeSpan.FromDays(1));
        file.Write("y\n"u8);

        Assert.Equal(["test.log"], Names);
        Assert.Equal("y\n", Read());
    }

    [Fact]
    public void RolledFile_IsNeverWrittenOver()
    {
        File.WriteAllText(At("test-20260101.log"), "of an earlier run\n");

        using RollingLogFile file = Open(new RollPolicy(RollPolicyKind.Daily));
        file.Write("x\n"u8);
        _time.Advance(TimeSpan.FromDays(1));
        file.Write("y\n"u8);

        Assert.Equal("of an earlier run\n", Read("test-20260101.log"));
        Assert.Equal("x\n", Read("test-20260101_01.log"));
    }

    [Fact]
    public void RollThatCannotBe_IsToldOnceAndTheFileGoesOn()
    {
        for (int taken = 0; taken < RolledFiles.MaxOfOneDate; taken++)
        {
            File.WriteAllText(At(taken == 0 ? "test-20260101-000000.log" : $"test-20260101-000000_{taken:00}.log"), "");
        }

        using RollingLogFile file = Open(new RollPolicy(RollPolicyKind.Size, Bytes: 3));
        file.Write("1\n2\n3\n"u8);
        file.Write("4\n5\n"u8);

        Assert.Equal("1\n2\n3\n4\n5\n", Read());
        Assert.Contains("cannot be rolled", Assert.Single(_reports), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MovedFile_IsOpenedAnewAtTheNextLook(bool created)
    {
        using RollingLogFile file = Open();
        file.Write("first\n"u8);
        File.Move(At("test.log"), At("test.log.1"));
        if (created) File.WriteAllText(At("test.log"), "");
        file.Write("second\n"u8);

        file.Maintain();
        file.Write("third\n"u8);

        Assert.Equal("first\nsecond\n", Read("test.log.1"));
        Assert.Equal("third\n", Read());
    }

    [Fact]
    public void DeletedFolder_IsMadeAnew()
    {
        using RollingLogFile file = Open(name: "logs/test.log");
        Directory.Delete(At("logs"), recursive: true);

        file.Maintain();
        file.Write("x\n"u8);

        Assert.Equal("x\n", Read("logs/test.log"));
    }

    [Fact]
    public void TruncatedFile_GoesOnFromItsBeginning()
    {
        using RollingLogFile file = Open();
        file.Write("first\n"u8);
        File.WriteAllText(At("test.log"), "");

        file.Maintain();
        file.Write("second\n"u8);

        Assert.Equal("second\n", Read());
    }

    [Fact]
    public void LinkToAFile_IsFollowed()
    {
        File.CreateSymbolicLink(At("test.log"), At("real.log"));
        using RollingLogFile file = Open();
        file.Write("first\n"u8);

        file.Maintain();
        file.Write("second\n"u8);

        Assert.Equal("first\nsecond\n", Read("real.log"));
        Assert.NotNull(new FileInfo(At("test.log")).LinkTarget);
    }

    [LinuxFact]
    public void TwoWriters_DoNotWriteOverEachOther()
    {
        using RollingLogFile one = Open();
        using RollingLogFile two = Open();
        byte[] ones = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("11111111\n", 100)));
        byte[] twos = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("22222222\n", 100)));

        Parallel.Invoke(
            () => Array.ForEach([.. Enumerable.Range(0, 200)], _ => one.Write(ones)),
            () => Array.ForEach([.. Enumerable.Range(0, 200)], _ => two.Write(twos)));

        Assert.Equal(2 * 200 * 100, File.ReadLines(At("test.log")).Count(line => line is "11111111" or "22222222"));
    }
}
