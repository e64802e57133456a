using System.Runtime.CompilerServices;
using Mesh.Node.Admin;
using Mesh.Node.Admin.Dtabs;
using Mesh.Node.AdminConsole;
using Mesh.Routing.Routes;
using Mesh.Tests.EndToEnd;
using Xunit;

namespace Mesh.Tests.Node.Admin.Dtabs;

/// <summary>What admin says before it knows all, and who follows when the node ends.</summary>
public sealed class EndingTests
{
    /// <summary>Each stream held the end of the node until it was cut off, five seconds later.</summary>
    [Theory]
    [InlineData("/api/1/bound-names?watch=true")]
    [InlineData("/api/1/console/run?command=endless%20tail")]
    public async Task WhoFollows_IsLetGo_WhenTheNodeEnds(string path)
    {
        using CancellationTokenSource ending = new();
        NodeView node = Views.Empty with { Routes = RoutesView.None with { Ending = ending.Token } };
        CommandTable commands = new([new ConsoleCommand("endless tail", "goes on", static (_, cancel) => EndlessAsync(cancel))]);
        await using AdminLab lab = await new AdminLab().StartAsync(
            null, new BoundNamesResource(node), new ConsoleEndpoint(commands, ending.Token));
        using StreamReader lines = new(await lab.Client.GetStreamAsync(new Uri(path, UriKind.Relative)));
        Assert.NotNull(await lines.ReadLineAsync().WaitAsync(Peer.Patience));

        await ending.CancelAsync();

        Assert.Null(await lines.ReadLineAsync().WaitAsync(Peer.Patience));
    }

    /// <summary>A list that lacks what is yet to come reads as if the rest had been deleted.</summary>
    [Fact]
    public async Task TheList_Is503_UntilItIsKnownToBeAll()
    {
        RouteTable table = new(static _ => { }, new HastyTime());
        await using AdminLab lab = await new AdminLab().StartAsync(null, new DtabsEndpoint(RoutesView.None with { Table = table }));

        AdminLab.Answer answer = await lab.SendAsync(HttpMethod.Get, "/api/1/dtabs");

        Assert.Equal(503, (int)answer.Status);
        Assert.Contains("has not told this node its namespaces yet", answer.Text, StringComparison.Ordinal);
    }

    private static async IAsyncEnumerable<ConsoleAnswer> EndlessAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        yield return ConsoleAnswer.Line("first");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
    }

    /// <summary>Every wait is over at once.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
