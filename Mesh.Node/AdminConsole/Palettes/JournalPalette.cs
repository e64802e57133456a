using Mesh.Actors.Clustering;
using Mesh.Actors.Journals;

namespace Mesh.Node.AdminConsole.Palettes;

/// <summary><c>journal ..</c>: the store behind shards and route changes.</summary>
internal static class JournalPalette
{
    public static IEnumerable<ConsoleCommand> Commands(Func<Cluster> cluster) =>
    [
        ConsoleCommand.Once("journal status", "is it there, how much does it hold, what is wrong",
            async (_, cancel) => Status(await cluster().Journal.Status(cancel).ConfigureAwait(false))),
    ];

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
