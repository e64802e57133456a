using System.Net;
using System.Text.Json;
using Mesh.Node.AdminConsole;
using Mesh.Node.Cli;
using Mesh.Tests.EndToEnd;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole;

/// <summary>The console against a real node in a cluster of one: what is printed where, and the exit code.</summary>
public sealed class ConsoleTests : IAsyncLifetime
{
    private ClusterNode _node = null!;

    public static TheoryData<string> Telling =>
    [
        "actor hierarchy", "actor hierarchy -d 1 -s /system", "actor system", "cluster show", "cluster status", "cluster leader",
        "cluster sbr explain", "cluster detector", "cluster-sharding list", "ddata tables", "journal status",
        "service list", "service list -p w -n 7", "dest list", "dest list --all", "dest list --node n1 -r test", "actor system --node n1",
    ];

    public async Task InitializeAsync() => _node = await ClusterNode.StartAsync();

    public Task DisposeAsync() => _node.DisposeAsync().AsTask();

    [Fact]
    public async Task Show_IsPbmsColumns_WithoutTheCommitInTheVersion()
    {
        Said said = await _node.SayAsync("cluster show");

        Assert.Equal((ExitCodes.Success, ""), (said.Exit, said.Error));
        Assert.Matches(@"^mesh://mesh@127\.0\.0\.1:\d+ \| \[core\] \| up \|  \| [\d.]+ \| n1\nCount: 1 nodes\n$", said.Output);
    }

    [Theory]
    [MemberData(nameof(Telling))]
    public async Task EveryCommandThatTells_AnswersLines_AndOneJsonValue(string line)
    {
        Said text = await _node.SayAsync(line);
        Said json = await _node.SayAsync(line, json: true);

        Assert.Equal((ExitCodes.Success, ExitCodes.Success, ""), (text.Exit, json.Exit, text.Error + json.Error));
        Assert.EndsWith("\n", text.Output, StringComparison.Ordinal);
        using JsonDocument value = JsonDocument.Parse(json.Output);
        Assert.NotEqual(JsonValueKind.Undefined, value.RootElement.ValueKind);
    }

    [Theory]
    [InlineData("cluster down", ExitCodes.BadInput, "`-a ADDRESS` is needed")]
    [InlineData("cluster down -a nobody", ExitCodes.No, "no member `nobody`; `cluster show` lists them")]
    [InlineData("cluster leave -a nobody", ExitCodes.No, "no member `nobody`")]
    [InlineData("cluster bootstrap --yes", ExitCodes.No, "this node is in cluster ")]
    [InlineData("journal bootstrap --yes", ExitCodes.No, "this node has no quorum journal")]
    [InlineData("cluster nonsense", ExitCodes.BadInput, "no command `cluster nonsense`")]
    [InlineData("actor hierarchy -d x", ExitCodes.BadInput, "-d is `x`")]
    [InlineData("actor hierarchy -s /nobody", ExitCodes.No, "no actor at `/nobody`")]
    [InlineData("service show -s none", ExitCodes.No, "no service `none`; `service list`")]
    [InlineData("service inbound -s none -i", ExitCodes.BadInput, "`-i` needs ID")]
    [InlineData("dest show -n none", ExitCodes.No, "no destination `none`; `dest list` shows those in use")]
    [InlineData("dest list -r none", ExitCodes.No, "no router `none`; there is test")]
    [InlineData("dest list --node nobody", ExitCodes.No, "no member `nobody`; `cluster show` lists them")]
    [InlineData("dest list --node n1 --all", ExitCodes.BadInput, "--node or --all, not both")]
    [InlineData("dest lst", ExitCodes.BadInput, "no command `dest lst`; did you mean `dest list`? `dest` has `dest list`, `dest show`")]
    [InlineData("explain", ExitCodes.BadInput, "URL is needed; usage: explain [METHOD] URL [-H HEADER].. [-r ROUTER]")]
    [InlineData("explain users", ExitCodes.BadInput, "`users` is neither a URL such as http://web/users nor a path")]
    [InlineData("explain / -r none", ExitCodes.No, "no router `none`; there is test")]
    [InlineData("explain G@T /", ExitCodes.BadInput, "a server would refuse this request before it has a name: InvalidMethod")]
    [InlineData("service drain -s none", ExitCodes.No, "node n1 hosts no instance of `none`")]
    [InlineData("ddata get -t none", ExitCodes.No, "no table `none`")]
    [InlineData("cluster-sharding regions -r none", ExitCodes.No, "no entity type \"none\" was started on this node; `cluster-sharding list`")]
    [InlineData("cluster-sharding shards -r none", ExitCodes.No, "no entity type")]
    [InlineData("cluster-sharding locate -r none -e 1", ExitCodes.No, "no entity type")]
    [InlineData("cluster-sharding rebalance -r none -m maybe", ExitCodes.BadInput, "-m is `maybe`; it must be on, off or now")]
    public async Task ARefusal_IsAnErrorWithItsReason_AndJsonToo(string line, int exit, string reason)
    {
        Said text = await _node.SayAsync(line, token: ClusterNode.Token);
        Said json = await _node.SayAsync(line, json: true, token: ClusterNode.Token);

        Assert.Equal((exit, exit, ""), (text.Exit, json.Exit, text.Output));
        Assert.StartsWith($"error: {reason}", text.Error, StringComparison.Ordinal);
        using JsonDocument value = JsonDocument.Parse(json.Output);
        Assert.StartsWith(reason, value.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    public async Task AChange_NeedsTheToken(string? token)
    {
        Said said = await _node.SayAsync("cluster leave", token: token);

        Assert.Equal(ExitCodes.Broken, said.Exit);
        Assert.StartsWith("error: this needs the admin token of ", said.Error, StringComparison.Ordinal);
        Assert.Equal("", _node.Node.Host.Cluster!.WhenRemoved.IsCompleted ? "left" : "");
    }

    [Fact]
    public async Task ANodeThatIsNotThere_IsBroken()
    {
        Said said = await ClusterNode.SayAsync(new Uri($"http://127.0.0.1:{Ports.Free()}/"), "cluster show");

        Assert.Equal(ExitCodes.Broken, said.Exit);
        Assert.Matches(@"^error: 127\.0\.0\.1:\d+: Connection refused", said.Error);
    }

    [Fact]
    public async Task APort_ThatIsNoAdminPort_IsToldApart()
    {
        Said said = await ClusterNode.SayAsync(new Uri($"http://{_node.Node.Address}/"), "cluster show");

        Assert.Equal(ExitCodes.Broken, said.Exit);
        Assert.Contains("is it a Mesh node's admin port?", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PipedCommands_RunInTurn_AndTheLastOneGivesTheExitCode()
    {
        Said good = await _node.SayAsync("cluster nonsense\n\n  cluster   'leader'\nexit\ncluster nonsense\n");
        Said bad = await _node.SayAsync("cluster leader\nddata get -t \"a b\"\n");
        Said open = await _node.SayAsync("cluster \"leader\n\n");

        Assert.Equal(ExitCodes.Success, good.Exit);
        Assert.Matches(@"^mesh://mesh@127\.0\.0\.1:\d+\n$", good.Output);
        Assert.Equal(ExitCodes.No, bad.Exit);
        Assert.Contains("no table `a b`", bad.Error, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.BadInput, "error: the quote \" is not closed\n"), (open.Exit, open.Error));
    }

    [Fact]
    public async Task Help_ListsPalettes_AndTellsAPaletteOrACommandAlone()
    {
        Said all = await _node.SayAsync("help");
        Said palette = await _node.SayAsync("help journal");
        Said one = await _node.SayAsync("help cluster down");
        Said none = await _node.SayAsync("help jurnal");

        Assert.Contains("\njournal\n  journal bootstrap  makes this node alone the quorum journal's group *\n", all.Output, StringComparison.Ordinal);
        Assert.All(all.Output.Split('\n'), static line => Assert.InRange(line.Length, 0, 80));
        Assert.Equal("""
            journal bootstrap [--yes]
                makes this node alone the quorum journal's group (needs the admin token)
            journal status
                is it there, how much does it hold, what is wrong
            `help COMMAND` has its options and an example

            """,
            palette.Output.ReplaceLineEndings());
        Assert.Equal("""
            cluster down -a ADDRESS
                declares a member dead, for ever (needs the admin token)
                  -a ADDRESS  whom: its name, host:port, or address as `cluster show` prints it
                example: cluster down -a n3

            """,
            one.Output.ReplaceLineEndings());
        Assert.Equal(ExitCodes.BadInput, none.Exit);
        Assert.StartsWith("error: no command `jurnal`; did you mean `journal`? palettes are `actor`, ", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryCommand_HasAnExample_ThatIsACallOfIt()
    {
        CommandTable table = _node.Commands;

        foreach (ConsoleCommand command in table.Commands)
        {
            Assert.True(CommandWords.TrySplit(command.Example, out IReadOnlyList<string> words, out _), command.Example);
            string[] filled = [.. words.Select(word => command.Options.FirstOrDefault(option => option.Name == word)?.FileOf ?? word)];
            Assert.Same(command, table.Parse(filled).Command);
            bool hasOptions = command.Options.Any(static option => option.Name is not ("--node" or "--all"));
            Assert.True(!hasOptions || command.Example != command.Words, $"{command.Words} has options, and an example without any");
        }
    }

    [Theory]
    [InlineData("node", "n", "[\"n1\"]")]
    [InlineData("router", "", "[\"test\"]")]
    [InlineData("table", "rou", "[\"routes\"]")]
    [InlineData("entity-type", "r", "[\"routes\"]")]
    [InlineData("nonsense", "", "[]")]
    public async Task Values_AreNamesThatBeginSo(string kind, string prefix, string names)
    {
        (HttpStatusCode status, string text) = await _node.Node.AdminAsync($"/api/1/console/values?of={kind}&prefix={prefix}");

        Assert.Equal((HttpStatusCode.OK, names), (status, text));
    }

    [Fact]
    public async Task TheEndpoint_TellsByGet_AndChangesByPostAlone()
    {
        (HttpStatusCode told, _) = await _node.HttpAsync(HttpMethod.Get, "command=cluster+leader");
        (HttpStatusCode byGet, string why) = await _node.HttpAsync(HttpMethod.Get, "command=cluster+leave");
        (HttpStatusCode byPost, _) = await _node.HttpAsync(HttpMethod.Post, "", "cluster leader", ClusterNode.Token);
        (HttpStatusCode without, _) = await _node.HttpAsync(HttpMethod.Post, "", "cluster leave");
        (HttpStatusCode tooLong, _) = await _node.HttpAsync(HttpMethod.Post, "", new string('x', 5000), ClusterNode.Token);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadRequest), (told, byGet));
        Assert.Equal("`cluster leave` takes POST\n", why);
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.Unauthorized, HttpStatusCode.BadRequest), (byPost, without, tooLong));
    }

    [Fact]
    public async Task Tail_StreamsEvents_AndEndsWithItsClient()
    {
        int before = await ActorsAsync();
        using CancellationTokenSource gone = new(Peer.Patience);
        StreamReader lines = await _node.TailAsync(gone.Token);

        string first = (await lines.ReadLineAsync(gone.Token))!;
        int meanwhile = await ActorsAsync();
        await gone.CancelAsync();
        lines.Dispose();

        Assert.StartsWith("CurrentClusterState | members: 1, unreachable: 0, leader: mesh://mesh@127.0.0.1:", first, StringComparison.Ordinal);
        Assert.Equal(before + 1, meanwhile);
        await Eventually.HoldsAsync(async () => await ActorsAsync() == before, static () => "the listener is still there");
    }

    [Fact]
    public async Task Leave_TakesThisNodeOut_AndTailTellsIt()
    {
        using CancellationTokenSource late = new(Peer.Patience);
        using StreamReader tail = await _node.TailAsync(late.Token);
        Assert.StartsWith("CurrentClusterState", await tail.ReadLineAsync(late.Token), StringComparison.Ordinal); // from here on it listens

        Said said = await _node.SayAsync("cluster leave", token: ClusterNode.Token);

        Assert.Equal(ExitCodes.Success, said.Exit);
        Assert.Matches(@"^mesh://mesh@127\.0\.0\.1:\d+ leaves", said.Output);
        while (!(await tail.ReadLineAsync(late.Token))!.StartsWith("MemberLeft | mesh://mesh@127.0.0.1:", StringComparison.Ordinal)) { }
        await _node.Node.Host.Cluster!.WhenRemoved.WaitAsync(Peer.Patience);
    }

    private async Task<int> ActorsAsync()
    {
        Said said = await _node.SayAsync("actor system", json: true);
        return JsonDocument.Parse(said.Output).RootElement.GetProperty("actors").GetInt32();
    }
}
