using System.Runtime.CompilerServices;
using Mesh.Node.Admin;
using Mesh.Node.Admin.Dtabs;
using Mesh.Node.AdminConsole;
using Mesh.Tests.EndToEnd;
using Xunit;

namespace Mesh.Tests.Node.Admin.Dtabs;

/// <summary>Who follows when the node ends.</summary>
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

    private static async IAsyncEnumerable<ConsoleAnswer> EndlessAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        yield return ConsoleAnswer.Line("first");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
    }
}
