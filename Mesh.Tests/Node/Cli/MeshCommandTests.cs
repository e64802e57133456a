using System.Net;
using System.Text;
using Mesh.Node.Cli;
using Mesh.Tests.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Cli;

/// <summary>The command line: what each command prints, where, and its exit code.</summary>
public sealed class MeshCommandTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly Recorder _handlers = new();
    private readonly string _file = Path.GetTempFileName();

    public void Dispose()
    {
        File.Delete(_file);
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Check_SaysWhatAGoodConfigWouldRun()
    {
        int exit = await Invoke(Loading.Minimal, "check", _file);

        Assert.Equal((0, ""), (exit, _error.ToString()));
        Assert.Equal($"{_file}: ok; router http on 127.0.0.1:4140; admin on 127.0.0.1:9990\n", _output.ToString());
    }

    [Fact]
    public async Task Check_PrintsEveryFaultAndExits1()
    {
        int exit = await Invoke("loops: 0\nusage: {}\n", "check", _file);

        string[] lines = _output.ToString().Split('\n');
        Assert.Equal(1, exit);
        Assert.Equal(4, lines.Length);
        Assert.StartsWith($"{_file}:1:1: the top level needs `routers`", lines[0], StringComparison.Ordinal);
        Assert.StartsWith($"{_file}:1:8: `loops` is `0`", lines[1], StringComparison.Ordinal);
        Assert.StartsWith($"{_file}:2:1: warning: `usage`", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ReadsStandardInput()
    {
        int exit = await InvokeWith(null, Loading.Minimal, "check", "-", "--set", "admin.port=1");

        Assert.Equal(0, exit);
        Assert.StartsWith("stdin: ok; ", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("admin on 127.0.0.1:1", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_SaysThatAFileIsMissing_OrADirectory()
    {
        Assert.Equal(1, await Invoke("", "check", "/no/such/file.yaml"));
        Assert.StartsWith("/no/such/file.yaml: no such file", _output.ToString(), StringComparison.Ordinal);

        Assert.Equal(1, await Invoke("", "check", Path.GetTempPath()));
        Assert.Contains("it is a directory", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_RefusesWhatIsNoText_AndWhatIsTooLarge()
    {
        File.WriteAllBytes(_file, [0x61, 0x3a, 0x20, 0xff, 0x0a]);
        Assert.Equal(1, await Invoke(null, "check", _file));
        Assert.Contains("not UTF-8 text", _output.ToString(), StringComparison.Ordinal);

        Assert.Equal(1, await Invoke(new string('#', 1024 * 1024 + 1), "check", _file));
        Assert.Contains("larger than 1024 KiB", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_TakesAFileOfExactlyTheLimit_AndAByteOrderMark()
    {
        string text = "\uFEFF" + Loading.Minimal;
        text += new string('#', 1024 * 1024 - Encoding.UTF8.GetByteCount(text));

        Assert.Equal(0, await Invoke(text, "check", _file));
    }

    [Fact]
    public async Task Run_HandsOverTheConfig_AndReturnsTheNodesExitCode()
    {
        int exit = await Invoke(Loading.Minimal, "run", _file, "--set", "admin.port=0", "--set", "loops=2");

        Assert.Equal(42, exit);
        Assert.Equal((0, 2), (_handlers.Run!.Config.Admin.Port, _handlers.Run.Config.Loops));
        Assert.Equal(_file, _handlers.Run.File);
        Assert.Equal(["admin.port=0", "loops=2"], _handlers.Run.Assignments);
    }

    [Fact]
    public async Task Run_StartsNothing_WhereTheConfigIsWrong()
    {
        int exit = await Invoke("routers: []\n", "run", _file);

        Assert.Equal((1, ""), (exit, _output.ToString()));
        Assert.StartsWith($"{_file}:1:10: ", _error.ToString(), StringComparison.Ordinal);
        Assert.Null(_handlers.Run);
    }

    [Fact]
    public async Task Run_PrintsWarnings_AndStarts()
    {
        Assert.Equal(42, await Invoke(Loading.Minimal + "usage: {}\n", "run", _file));

        Assert.Contains(":5:1: warning: ", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DemoApp_HasDefaults_AndTakesItsOptions()
    {
        Assert.Equal(44, await Invoke("", "demo", "app", "world"));
        Assert.Equal(new DemoAppRequest("world", IPEndPoint.Parse("127.0.0.1:8080"), new Uri("http://127.0.0.1:4140")), _handlers.App);

        Assert.Equal(44, await Invoke("", "demo", "app", "hello", "--listen", "0.0.0.0:81", "--node", "http://mesh:4141/"));
        Assert.Equal(new DemoAppRequest("hello", IPEndPoint.Parse("0.0.0.0:81"), new Uri("http://mesh:4141/")), _handlers.App);
    }

    [Theory]
    [InlineData("moon", "moon")]
    [InlineData("world --listen 8080", "--listen is `8080`; it must be an address and a port")]
    [InlineData("world --node mesh:4140", "--node is `mesh:4140`; it must be a URL")]
    public async Task DemoApp_RefusesWhatItCannotBe(string arguments, string why)
    {
        Assert.NotEqual(44, await Invoke("", ["demo", "app", .. arguments.Split(' ')]));

        Assert.Contains(why, _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_HasDefaults_AndTakesItsOptions()
    {
        Assert.Equal(43, await Invoke("", "demo"));
        Assert.Equal(new DemoRequest(1, TimeSpan.FromMinutes(1), 100), _handlers.Demo);

        Assert.Equal(43, await Invoke("", "demo", "--nodes", "3", "--for", "90s", "--rate", "7"));
        Assert.Equal(new DemoRequest(3, TimeSpan.FromSeconds(90), 7), _handlers.Demo);
    }

    [Theory]
    [InlineData("demo --nodes 0", "--nodes is `0`; it must be a whole number from 1 to 9")]
    [InlineData("demo --for never", "--for is `never`; it must be a duration such as")]
    [InlineData("check", "FILE")]
    [InlineData("chekc x", "chekc")]
    [InlineData("", "command")]
    public async Task BadCommandLines_SayWhatIsWrong_AndExit1(string line, string says)
    {
        int exit = await Invoke("", line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(1, exit);
        Assert.Contains(says, _error.ToString(), StringComparison.Ordinal);
        Assert.Null(_handlers.Demo);
    }

    [Theory]
    [InlineData("--help", "check <FILE>")]
    [InlineData("--version", ".")]
    [InlineData("run --help", "--set <a.b=c>")]
    public async Task Help_IsThere(string line, string says)
    {
        int exit = await Invoke("", line.Split(' '));

        Assert.Equal(0, exit);
        Assert.Contains(says, _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("60s", 60_000)]
    [InlineData("1.5m", 90_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("7", 7_000)]
    [InlineData("0s", 0)]
    [InlineData("-1s", 0)]
    [InlineData("s", 0)]
    [InlineData("1d", 0)]
    [InlineData("999999h", 0)]
    [InlineData("1e5s", 0)]
    public void Durations_AreRead(string text, int milliseconds)
    {
        bool read = Durations.TryParse(text, out TimeSpan duration);

        Assert.Equal((milliseconds > 0, milliseconds), (read, duration.TotalMilliseconds));
    }

    private Task<int> Invoke(string? text, params string[] arguments) => InvokeWith(text, "", arguments);

    private Task<int> InvokeWith(string? text, string standardInput, params string[] arguments)
    {
        if (text is not null) File.WriteAllText(_file, text);
        var context = new CommandContext(
            _handlers, Loading.Hooks, _output, _error, () => new MemoryStream(Encoding.UTF8.GetBytes(standardInput)));
        return MeshCommand.InvokeAsync(arguments, context);
    }

    private sealed class Recorder : ICommandHandlers
    {
        public RunRequest? Run { get; private set; }

        public DemoRequest? Demo { get; private set; }

        public Task<int> RunAsync(RunRequest request, CancellationToken cancel)
        {
            Run = request;
            return Task.FromResult(42);
        }

        public Task<int> DemoAsync(DemoRequest request, CancellationToken cancel)
        {
            Demo = request;
            return Task.FromResult(43);
        }

        public DemoAppRequest? App { get; private set; }

        public Task<int> DemoAppAsync(DemoAppRequest request, CancellationToken cancel)
        {
            App = request;
            return Task.FromResult(44);
        }
    }
}
