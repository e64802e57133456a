using System.Diagnostics;
using System.Text;
using Mesh.Node.Hosting;
using Mesh.Tests.Kit;
using Mesh.Tests.Routing.Bindings;
using Xunit;

namespace Mesh.Tests.Node.Hosting;

/// <summary>Files that are written, replaced, swapped and removed while somebody follows them.</summary>
public sealed class WatchedFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-watched-").FullName;
    private readonly FakeTime _time = new();
    private readonly List<string?> _told = [];
    private WatchedFile? _watch;

    public void Dispose()
    {
        _watch?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task NewContent_IsTold_WhenTwoLooksSawIt()
    {
        Follow("one");

        Write("two");
        await LookAsync(WatchedFile.PollInterval);
        int afterOneLook = Told().Count;
        Write("three");
        await LookAsync(WatchedFile.Settle);
        int afterAnother = Told().Count;
        _time.Advance(WatchedFile.Settle);

        await BindingKit.Eventually(() => Told().Count == 1);
        Assert.Equal((0, 0, "three"), (afterOneLook, afterAnother, Told()[0]));
    }

    [Fact]
    public async Task ContentThatComesBack_WasNoChange()
    {
        Follow("one");

        Write("");
        await LookAsync(WatchedFile.PollInterval);
        Write("one");
        _time.Advance(WatchedFile.Settle);
        Write("two");
        await UntilToldAsync(1);

        Assert.Equal(["two"], Told());
    }

    [Fact]
    public async Task TimerThatComesEarly_IsSetAgain_AndNoPollIsWaitedFor()
    {
        Write("one");
        _watch = new WatchedFile(PathOf("file"), 100, "one"u8.ToArray(), new HastyTime(_time), Note, isNotified: false);

        Write("two");
        await LookAsync(TimeSpan.Zero);
        await LookAsync(WatchedFile.Settle - HastyTime.Haste);
        _time.Advance(WatchedFile.Settle);

        await BindingKit.Eventually(() => Told().Count == 1);
        Assert.Equal(["two"], Told());
    }

    [Fact]
    public async Task FileWrittenInPlace_IsFollowed()
    {
        Follow("one");

        File.WriteAllText(PathOf("file"), "two");
        await UntilToldAsync(1);

        Assert.Equal(["two"], Told());
    }

    [Fact]
    public async Task SwappedLink_IsFollowed()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "v1"));
        Directory.CreateDirectory(Path.Combine(_folder, "v2"));
        File.WriteAllText(Path.Combine(_folder, "v1", "file"), "one");
        File.WriteAllText(Path.Combine(_folder, "v2", "file"), "two");
        File.CreateSymbolicLink(PathOf("..data"), "v1");
        File.CreateSymbolicLink(PathOf("file"), Path.Combine("..data", "file"));
        Follow(null);

        Directory.Delete(PathOf("..data"));
        File.CreateSymbolicLink(PathOf("..data"), "v2");
        await UntilToldAsync(1);

        Assert.Equal(["two"], Told());
    }

    [Fact]
    public async Task FileThatGoes_AndComesBack_IsToldEachTime()
    {
        Follow("one");

        File.Delete(PathOf("file"));
        await UntilToldAsync(1);
        Write("one");
        await UntilToldAsync(2);

        Assert.Equal([null, "one"], Told());
    }

    [Fact]
    public async Task Notification_NeedsNoPoll()
    {
        Write("one");
        TaskCompletionSource<string> told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using WatchedFile watch = new(
            PathOf("file"), 100, "one"u8.ToArray(), TimeProvider.System, content => told.TrySetResult(Encoding.UTF8.GetString(content!)));

        Write("two");

        Assert.Equal("two", await told.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void ContentIsCutOff_OneByteBehindTheLimit()
    {
        Write("0123456789");

        Assert.Equal("01234"u8.ToArray(), WatchedFile.Read(PathOf("file"), maxBytes: 4));
    }

    [LinuxFact]
    public void Pipe_IsNotOpened()
    {
        using Process make = Process.Start("mkfifo", PathOf("pipe"));
        make.WaitForExit();

        Assert.Empty(WatchedFile.Read(PathOf("pipe"), 100)!);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private void Write(string text)
    {
        File.WriteAllText(PathOf("fresh"), text);
        File.Move(PathOf("fresh"), PathOf("file"), overwrite: true);
    }

    private void Follow(string? text)
    {
        if (text is not null) Write(text);
        _watch = new WatchedFile(PathOf("file"), 100, WatchedFile.Read(PathOf("file"), 100), _time, Note, isNotified: false);
    }

    private void Note(byte[]? content)
    {
        lock (_told) _told.Add(content is null ? null : Encoding.UTF8.GetString(content));
    }

    private List<string?> Told()
    {
        lock (_told) return [.. _told];
    }

    /// <summary>A look that sees something new: it arms the clock for the second one.</summary>
    private async Task LookAsync(TimeSpan after)
    {
        _time.Advance(after);
        await BindingKit.Eventually(() => _time.PendingTimers == 2);
    }

    private Task UntilToldAsync(int count) => BindingKit.Eventually(() =>
    {
        _time.Advance(WatchedFile.Settle);
        return Told().Count == count;
    });

    /// <summary>A clock whose timers come a moment before their time, as the system's do.</summary>
    private sealed class HastyTime(TimeProvider clock) : TimeProvider
    {
        public static readonly TimeSpan Haste = TimeSpan.FromMilliseconds(1);

        public override long TimestampFrequency => clock.TimestampFrequency;

        public override long GetTimestamp() => clock.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer(clock.CreateTimer(callback, state, dueTime, period));

        private sealed class Timer(ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime > Haste ? dueTime - Haste : dueTime, period);

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
