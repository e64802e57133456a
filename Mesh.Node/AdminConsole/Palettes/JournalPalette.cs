using Mesh.Actors.Clustering;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Quorum;

namespace Mesh.Node.AdminConsole.Palettes;

/// <summary><c>journal ..</c>: the store behind shards and route changes.</summary>
internal static class JournalPalette
{
    private static readonly ConsoleOption s_yes = new("--yes", null, "really");

    public static IEnumerable<ConsoleCommand> Commands(Func<Cluster> cluster) =>
    [
        ConsoleCommand.Once("journal status", "is it there, how much does it hold, what is wrong",
            async (_, cancel) => Status(await cluster().Journal.Status(cancel).ConfigureAwait(false))),
        ConsoleCommand.Once("journal bootstrap", "makes this node alone the quorum journal's group", (call, _) => BootstrapAsync(call, cluster()))
            with { Options = [s_yes], Mutates = true, Example = "journal bootstrap --yes" },
    ];

    private static async Task<ConsoleAnswer> BootstrapAsync(ConsoleCall call, Cluster cluster)
    {
        if (cluster.Journal is not QuorumJournalStore quorum)
            throw new ConsoleRefusal(ConsoleStatus.No, "this node has no quorum journal; `journal status` shows what it has");
        if ((await quorum.Status(CancellationToken.None).ConfigureAwait(false)).IsAvailable)
            throw new ConsoleRefusal(ConsoleStatus.No, "the quorum journal has a leader: nothing is lost that this could help with");
        if (!call.Has(s_yes.Name))
            throw new ConsoleRefusal(
                ConsoleStatus.BadInput,
                "what only the lost nodes had is lost then, and they stay out until their directories are cleared; say --yes");
        quorum.ForceNewGroup();
        return ConsoleAnswer.Line("this node goes on alone; `journal status` shows when it leads");
    }

    private static ConsoleAnswer Status(JournalStatus status) => new(
        text =>
        {
            text.WriteLine($"{status.Kind} | {(status.IsAvailable ? "available" : "unavailable")} | {status.Detail}");
            foreach ((string name, string value) in status.Facts) text.WriteLine($"{name}: {value}");
        },
        json =>
        {
            json.WriteStartObject();
            json.WriteString("kind", status.Kind);
            json.WriteBoolean("available", status.IsAvailable);
            json.WriteString("detail", status.Detail);
            json.WriteStartObject("facts");
            foreach ((string name, string value) in status.Facts) json.WriteString(name, value);
            json.WriteEndObject();
            json.WriteEndObject();
        });
}
