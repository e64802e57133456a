using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Mesh.Node.Cli;
using Mesh.Tests.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Cli;

/// <summary><c>mesh dtab</c>: what it prints, where, and its exit code.</summary>
public sealed class DtabCommandTests : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-dtab");

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Parse_PrintsTheCanonicalDtab()
    {
        Assert.Equal(0, await Invoke("", "dtab", "parse", " /a => /b | .5*/c & /d ; # why\n /e => ~ ; "));

        Assert.Equal(("/a=>/b | 0.50*/c & /d;/e=>~\n", ""), (_output.ToString(), _error.ToString()));
    }

    [Fact]
    public async Task Parse_RefusesWhatIsNone_AndShowsWhere()
    {
        Assert.Equal(1, await Invoke("", "dtab", "parse", "/a => b"));

        Assert.Equal("", _output.ToString());
        Assert.StartsWith("error: simple name tree", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("'/a => [b]' (offset 6, line 1, column 7)", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ParseStdin_AnswersEachLineWithOneLine()
    {
        Assert.Equal(0, await Invoke("/a => /b\r\n\n/a => /b ; ;\n# only a comment\n/é=>/a\n/a=>(/b", "dtab", "parse", "--stdin"));

        Assert.Equal(
            """
            /a=>/b

            error: '/' expected but ';' found at '/a => /b ; [;]' (offset 11, line 1, column 12)

            error: '=>' expected but '\u00e9' found at '/[\u00e9]=>/a' (offset 1, line 1, column 2)
            error: ')' expected but end of input found at '/a=>(/b[]' (offset 7, line 1, column 8)

            """,
            _output.ToString());
    }

    [Theory]
    [InlineData("/a=>/$/inet/127.0.0.1/8080\t/a", "/$/inet/127.0.0.1/8080")]
    [InlineData("/a=>/$/inet/127.1/8080\t/a/b/c", "/$/inet/127.1/8080[/b/c]")]
    [InlineData("/a => 0.9 * /$/inet/1/1 & .1 * /$/inet/2/2\t/a", "0.90*/$/inet/1/1 & 0.10*/$/inet/2/2")]
    [InlineData("/a => (/$/inet/1 & 3 * /$/inet/2) & 2 * /$/inet/3\t/a/x", "(/$/inet/1[/x] & 3.00*/$/inet/2[/x]) & 2.00*/$/inet/3[/x]")]
    [InlineData("/a => /$/inet/no.such.host.invalid/80 | /$/inet/1\t/a", "/$/inet/no.such.host.invalid/80")]
    [InlineData("/a => /#/io.l5d.fs | /$/inet/1\t/a/web", "/$/inet/1[/web]")]
    [InlineData(@"/a => /$/inet/\xc3\xa9/80" + "\t/a", @"/$/inet/\xc3\xa9/80")]
    [InlineData("/a=>/$/fixedinet/h/80\t/a/b", "/$/fixedinet/h/80[/b]")]
    [InlineData("/a=>/$/io.buoyant.rinet/80/h\t/a/b", "/$/io.buoyant.rinet/80/h[/b]")]
    [InlineData("/a\t=>\t/$/inet/1\t/a", "/$/inet/1")]
    [InlineData("\t/$/nil", "$")]
    [InlineData("\t/$/fail", "!")]
    [InlineData("\t/#/io.l5d.fs/web", "~")]
    [InlineData("/a => $ & $\t/a", "$")]
    [InlineData("/a=>/b\t/a", "~")]
    [InlineData("/a=>/b", "error: path: end of input expected but '=' found at '/a[=]>/b' (offset 2, line 1, column 3)")]
    [InlineData("", "error: path: '/' expected but end of input found at '[]' (offset 0, line 1, column 1)")]
    [InlineData("/a\t/a", "error: dtab: '=>' expected but end of input found at '/a[]' (offset 2, line 1, column 3)")]
    [InlineData("\t/foo^bar", "error: path: end of input expected but '^' found at '/foo[^]bar' (offset 4, line 1, column 5)")]
    [InlineData("\t/$/no.such.Thing/x", "error: Unknown namer: no.such.Thing for path: /$/no.such.Thing/x")]
    [InlineData("/a=>/a\t/a", "error: Max recursion level: 100 reached in Namer lookup")]
    public async Task EvalStdin_PrintsTheBoundTree(string line, string answer)
    {
        Assert.Equal(0, await Invoke(line + "\n", "dtab", "eval", "--stdin"));

        Assert.Equal(answer + "\n", _output.ToString());
    }

    [Fact]
    public async Task EvalStdin_TakesPathsAloneWithADtab_AndItsOwnRulesWin()
    {
        Assert.Equal(0, await Invoke("/a/x\n/a => /$/inet/2\t/a/x\n", "dtab", "eval", "--stdin", "--dtab", "/a => /$/inet/1"));

        Assert.Equal("/$/inet/1[/x]\n/$/inet/2[/x]\n", _output.ToString());
    }

    [Fact]
    public async Task EvalStdin_AnswersBeforeTheNextLineComes()
    {
        var input = new Pipe();
        var output = new Pipe();
        await using var writer = new StreamWriter(output.Writer.AsStream());
        Task<int> exit = MeshCommand.InvokeAsync(["dtab", "eval", "--stdin"], Context(input.Reader.AsStream(), writer));

        await input.Writer.WriteAsync("\t/$/nil\n"u8.ToArray());
        ReadResult answer = await output.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal("$\n", Encoding.UTF8.GetString(answer.Buffer.ToArray()));
        await input.Writer.CompleteAsync();
        Assert.Equal(0, await exit.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Eval_ExplainsStepByStep()
    {
        const string Rules = "/x => /$/inet/9 ; /host => /$/inet/127.0.0.1/8080 ; /svc => /host | /y ; /svc/web => /#/io.l5d.fs/web & ~";

        Assert.Equal(0, await Invoke("", "dtab", "eval", "--dtab", Rules, "/svc/web/a"));

        Assert.Equal(
            """
            /svc/web/a: bound to /$/inet/127.0.0.1/8080[/web/a]
              rule 4 of 4: /svc/web => /#/io.l5d.fs/web & ~
                /#/io.l5d.fs/web/a: no rule and no namer knows it (~)
                ~: nothing to route to (~)
              rule 3 of 4: /svc => /host | /y
                /host/web/a: bound to /$/inet/127.0.0.1/8080[/web/a]
                  rule 2 of 4: /host => /$/inet/127.0.0.1/8080
                    /$/inet/127.0.0.1/8080/web/a: bound to /$/inet/127.0.0.1/8080[/web/a]
                /y: not tried: the one before it is used

            bound: /$/inet/127.0.0.1/8080[/web/a]
              client:    /$/inet/127.0.0.1/8080
              residual:  /web/a
              addresses: 127.0.0.1:8080

            """,
            _output.ToString());
    }

    [Theory]
    [InlineData("/a => ~", "binds to nothing: ~")]
    [InlineData("/a => !", "binds to nothing: !")]
    [InlineData("/a => $", "binds to nothing: $")]
    [InlineData("/a => /$/what | /$/inet/1", "does not bind: error: Unknown namer: what for path: /$/what")]
    [InlineData("/a => /a", "does not bind: error: Max recursion level: 100 reached in Namer lookup")]
    public async Task Eval_Exits2_WhereTheNameBindsToNothing(string dtab, string says)
    {
        Assert.Equal(2, await Invoke("", "dtab", "eval", "--dtab", dtab, "/a"));

        Assert.EndsWith(says + "\n", _output.ToString(), StringComparison.Ordinal);
        Assert.All(_output.ToString().Split('\n'), static line => Assert.InRange(line.Length, 0, 300));
    }

    [Theory]
    [InlineData("error: give either PATH or --stdin", "eval")]
    [InlineData("error: give either PATH or --stdin", "eval", "/a", "--stdin")]
    [InlineData("error: give either TEXT or --stdin", "parse")]
    [InlineData("error: PATH: '/' expected but 'a' found", "eval", "a")]
    [InlineData("error: --dtab: '/' expected but 'a' found", "eval", "--dtab", "a", "/a")]
    [InlineData("error: --router needs --config", "eval", "--router", "a", "/a")]
    [InlineData("error: --stdin and --config - cannot both read", "eval", "--stdin", "--config", "-")]
    [InlineData("/no/such/file: no such file", "eval", "--config", "/no/such/file", "/a")]
    public async Task WhatIsWrongIsSaid_AndExits1(string says, params string[] arguments)
    {
        Assert.Equal(1, await Invoke("", ["dtab", .. arguments]));

        Assert.StartsWith(says, _error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public async Task EvalConfig_ReadsTheFilesOfItsNamers()
    {
        string config = Config();

        Assert.Equal(0, await Invoke("/svc/web/x\n/svc/none\n/svc/web\n/svc/empty\n/svc/bad\n", "dtab", "eval", "--stdin", "--config", config));

        string[] lines = _output.ToString().Split('\n');
        Assert.Equal(["/#/io.l5d.fs/web[/x]", "/$/inet/1[/none]", "/#/io.l5d.fs/web", "/$/inet/1[/empty]"], lines[..4]);
        Assert.StartsWith("error: ", lines[4], StringComparison.Ordinal);
        Assert.Contains("bad:1: ", lines[4], StringComparison.Ordinal);
    }

    [Fact]
    public async Task EvalConfig_ShowsAddresses_AndTakesTheRouterThatIsNamed()
    {
        string config = Config();

        Assert.Equal(0, await Invoke("", "dtab", "eval", "--config", config, "--router", "second", "/svc/web"));
        Assert.EndsWith(
            "  client:    /#/io.l5d.fs/web\n  addresses: 127.0.0.1:8080, a host name (DNS is not asked), port 81\n",
            _output.ToString(),
            StringComparison.Ordinal);

        Assert.Equal(1, await Invoke("", "dtab", "eval", "--config", config, "--router", "third", "/svc/web"));
        Assert.Contains("error: --router is `third`; the config has first, second\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("parse", "/a=>/b")]
    [InlineData("eval", "/a")]
    [InlineData("parse", "--stdin")]
    [InlineData("eval", "--stdin")]
    public async Task OutputThatTakesNothing_IsToldInALine_AndExits70(string command, string argument)
    {
        using FullWriter full = new();
        CommandContext context = Context(new MemoryStream("/a\n"u8.ToArray()), full);

        Assert.Equal(70, await MeshCommand.InvokeAsync(["dtab", command, argument], context));

        Assert.Equal("error: No space left on device\n", _error.ToString());
    }

    private string Config()
    {
        string disco = _folder.CreateSubdirectory("disco").FullName;
        File.WriteAllText(Path.Combine(disco, "web"), "127.0.0.1 8080\nweb.invalid 81\n");
        File.WriteAllText(Path.Combine(disco, "empty"), "# nobody\n");
        File.WriteAllText(Path.Combine(disco, "bad"), "what?\n");
        string file = Path.Combine(_folder.FullName, "mesh.yaml");
        File.WriteAllText(
            file,
            $$"""
            namers:
            - kind: io.l5d.fs
              rootDir: {{disco}}
            routers:
            - protocol: http
              label: first
              dtab: /svc => /#/io.l5d.fs | /$/inet/1
              servers: [{port: 0}]
            - protocol: http
              label: second
              dtab: /svc => /#/io.l5d.fs
              servers: [{port: 0}]
            """);
        return file;
    }

    private Task<int> Invoke(string input, params string[] arguments) =>
        MeshCommand.InvokeAsync(arguments, Context(new MemoryStream(Encoding.UTF8.GetBytes(input)), _output));

    private CommandContext Context(Stream input, TextWriter output) => new(new NoHandlers(), Loading.Hooks, output, _error, () => input);

    private sealed class FullWriter : StringWriter
    {
        public override void Write(string? value) => throw new IOException("No space left on device");

        public override void WriteLine(object? value) => Write("");

        public override Task WriteAsync(string? value) => throw new IOException("No space left on device");
    }

    private sealed class NoHandlers : ICommandHandlers
    {
        public Task<int> RunAsync(RunRequest request, CancellationToken cancel) => throw new NotSupportedException();

        public Task<int> DemoAsync(DemoRequest request, CancellationToken cancel) => throw new NotSupportedException();

        public Task<int> DemoAppAsync(DemoAppRequest request, CancellationToken cancel) => throw new NotSupportedException();
    }
}
