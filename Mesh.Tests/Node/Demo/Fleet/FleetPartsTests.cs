using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Mesh.Node.Config;
using Mesh.Node.Demo;
using Mesh.Node.Demo.Fleet;
using Mesh.Node.Hosting;
using Spectre.Console;
using Xunit;

namespace Mesh.Tests.Node.Demo.Fleet;

/// <summary>The parts of a demo of several nodes that need no node.</summary>
public sealed class FleetPartsTests
{
    private static readonly FleetPlan s_three = FleetPlan.Of(3, TimeSpan.FromSeconds(20));

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    [InlineData(5, 5)]
    [InlineData(9, 5)]
    public void Core_IsAsManyAsCanLoseOne_AndNeverTwo(int nodes, int cores)
    {
        FleetPlan plan = FleetPlan.Of(nodes, TimeSpan.FromSeconds(20));

        Assert.Equal((nodes, cores), (plan.Members.Length, plan.Cores));
        Assert.All(plan.Members.Take(cores), static member => Assert.Equal("core", member.Role));
        Assert.All(plan.Members.Skip(cores), static member => Assert.Equal("edge", member.Role));
    }

    [Fact]
    public void TheLeaderIsKilled_WhereOthersCanLead()
    {
        Assert.Equal("n2", s_three.Victim("n2"));
        Assert.Equal("n2", FleetPlan.Of(2, TimeSpan.FromSeconds(20)).Victim("n1"));
    }

    [Fact]
    public void AStory_IsFormKillRemoveRestartBack()
    {
        FleetWatch watch = new(s_three);
        FleetStory story = new(s_three, watch);

        Assert.Equal(FleetStep.Nothing, At(9, Views("n1", "up up joining")));
        Assert.Equal(FleetStep.Nothing, At(10, Views("n1", "up up up")));
        Assert.Equal(FleetStep.Kill, At(14, Views("n1", "up up up")));
        Assert.Equal(FleetStep.Nothing, At(14.5, [.. Views("n2", "unreachable up up").Skip(1)]));
        Assert.Equal(FleetStep.Nothing, At(14.8, [.. Views("n2", "absent up up").Skip(1)]));
        Assert.Equal(FleetStep.Restart, At(15, [.. Views("n2", "absent up up").Skip(1)]));
        Assert.Equal(FleetStep.Nothing, At(16, Views("n1", "up up up")));

        Assert.Equal("n1", story.Victim);
        Assert.Equal(
            new double?[] { 10, 14, 14.5, 14.8, 15, 16 },
            new[] { story.FormedAt, story.KilledAt, story.UnreachableAt, story.RemovedAt, story.RestartedAt, story.BackAt }
                .Select(static time => time?.TotalSeconds));

        FleetStep At(double seconds, ImmutableArray<FleetView> views)
        {
            watch.Look(TimeSpan.FromSeconds(seconds), views);
            return story.Next(TimeSpan.FromSeconds(seconds));
        }
    }

    [Fact]
    public void AWatch_TellsTheFirstWhoSees_AndWhenAllAgree()
    {
        FleetWatch watch = new(s_three);
        watch.Look(TimeSpan.FromSeconds(1), Views("n1", "up up up"));

        IReadOnlyList<string> one = watch.Look(TimeSpan.FromSeconds(2), [View("n2", "n1", "unreachable up up"), View("n3", "n1", "up up up")]);
        IReadOnlyList<string> again = watch.Look(TimeSpan.FromSeconds(3), [View("n2", "n1", "unreachable up up"), View("n3", "n1", "up up up")]);
        IReadOnlyList<string> all = watch.Look(TimeSpan.FromSeconds(4), [.. Views("n2", "unreachable up up").Skip(1)]);

        Assert.Equal(["   2.0 s  n2 finds n1 unreachable"], one);
        Assert.Empty(again);
        Assert.Equal(["   4.0 s  n1 is unreachable, say all 2", "   4.0 s  n2 leads, say all 2"], all);
    }

    [Fact]
    public void EveryNodesConfig_IsGood()
    {
        using FleetFolder folder = new();
        foreach (FleetMember member in FleetPlan.Of(4, TimeSpan.FromSeconds(20)).Members)
        {
            string text = folder.WriteConfig(member, new FleetPorts(4140, 9990, 4150 + member.Number), [4151, 4152, 4153]);

            ConfigResult config = ConfigLoader.Load(folder.ConfigOf(member), text, [], DtabCheck.Hooks);

            Assert.Empty(config.Faults);
            Assert.Empty(config.Warnings);
            Assert.Equal(member.IsCore ? 3 : 0, config.Config!.Cluster!.BootstrapExpect);
        }
    }

    [Fact]
    public void APortThatIsBusy_IsReplacedByOneThatIsFree()
    {
        using TcpListener busy = new(IPAddress.Loopback, 0);
        busy.Start();
        int port = ((IPEndPoint)busy.LocalEndpoint).Port;

        FleetPorts ports = FleetPorts.Near(port, 0, port);

        Assert.DoesNotContain(port, new[] { ports.Router, ports.Admin, ports.Cluster });
        Assert.DoesNotContain(0, new[] { ports.Router, ports.Admin, ports.Cluster });
    }

    [Fact]
    public async Task BothScreens_FitInEightyColumns()
    {
        ImmutableArray<FleetRow> rows =
        [
            .. FleetPlan.Of(9, TimeSpan.FromSeconds(20)).Members.Select(static member =>
                new FleetRow(member, "joining", 9, 0, "n1", 1111.1, 1, new FleetPorts(64140, 64990, 64150))),
        ];
        FleetFrame frame = new(TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(5), rows, ["  99.0 s  n1 is unreachable, say all 8"]);
        using StringWriter plain = new();
        using StringWriter live = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(live) });
        console.Profile.Width = 80;

        await new PlainFleetScreen(plain, TimeSpan.Zero).RunAsync(Draw);
        await new LiveFleetScreen(console).RunAsync(Draw);

        Assert.All(plain.ToString().Split('\n'), static line => Assert.True(line.TrimEnd().Length <= 80, line));
        Assert.Matches(@"n9 +edge +joining +9 +0 +n1 +1111\.1 +100\.00 % +64140 +64990", plain.ToString());
        Assert.Matches(@"n9 +edge +joining +9 +0 +n1 +1111\.1 +100\.00 % +64140 +64990", live.ToString());
        Assert.Contains("n1 is unreachable, say all 8", live.ToString(), StringComparison.Ordinal);

        Task Draw(Action<FleetFrame> show)
        {
            show(frame);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task AClient_MovesOnWhereNobodyIsThere_AndRestsThatNode()
    {
        FleetDoor gone = new(new Uri($"http://127.0.0.1:{Kit.Ports.Free()}/"));
        await using EndToEnd.Origin origin = EndToEnd.Origin.Saying("hi");
        FleetDoor there = new(new Uri($"http://127.0.0.1:{origin.Port}/"));
        using FleetClient client = new([gone, there], TimeProvider.System);

        DemoAnswer first = await client.GetAsync("hello", 0);
        DemoAnswer second = await client.GetAsync("hello", 0);

        Assert.Equal((200, 200), (first.Status, second.Status));
        Assert.Equal((0, 1, 2, 2), (gone.Requests, gone.Closed, there.Requests, there.Success));
    }

    private static ImmutableArray<FleetView> Views(string leader, string words) =>
        [View("n1", leader, words), View("n2", leader, words), View("n3", leader, words)];

    private static FleetView View(string name, string leader, string words) => new(
        name,
        words.Split(' ').Select((word, index) => ($"n{index + 1}", word)).Where(static pair => pair.word != FleetView.Absent)
            .ToImmutableSortedDictionary(static pair => pair.Item1, static pair => pair.word, StringComparer.Ordinal),
        leader);
}
