using Mesh.Node.AdminConsole.Destinations;

namespace Mesh.Node.AdminConsole.Palettes;

/// <summary><c>dest ..</c>: destinations and their endpoints, as this node sees them, and why they stand so.</summary>
internal static class DestPalette
{
    private static readonly ConsoleOption s_name = new("-n", "CLIENT", "which one: its id, or what the id ends in")
    {
        Required = true,
        Values = ConsoleValues.Destinations,
    };

    private static readonly ConsoleOption s_prefix = new("-p", "PREFIX", "ids that begin so; all without it") { Values = ConsoleValues.Destinations };

    private static readonly ConsoleOption s_router = new("-r", "ROUTER", "of that router; of all without it") { Values = ConsoleValues.Routers };

    public static IEnumerable<ConsoleCommand> Commands(DestinationReader reader) =>
    [
        ConsoleCommand.Once("dest list", "destinations: live endpoints, requests out, success and latency of the last minute, what is unusual",
            (call, cancel) => ListAsync(reader, call, cancel)) with
        {
            Options = [s_prefix, s_router],
            Example = "dest list -p /#/io.l5d.fs",
        },
        ConsoleCommand.Once("dest show", "a destination's endpoints: how each stands and why, since when, next probe, load, connections",
            (call, cancel) => ShowAsync(reader, call, cancel)) with
        {
            Options = [s_name, s_router],
            Example = "dest show -n /#/io.l5d.fs/users",
        },
    ];

    private static async Task<ConsoleAnswer> ListAsync(DestinationReader reader, ConsoleCall call, CancellationToken cancel)
    {
        string prefix = call.Find(s_prefix.Name) ?? "";
        string? router = Router(reader, call);
        DestinationFacts[] all = await reader.ReadAsync(
            (label, id) => (router is null || label == router) && id.StartsWith(prefix, StringComparison.Ordinal), cancel).ConfigureAwait(false);
        return new ConsoleAnswer(
            text => DestinationText.WriteList(text, all),
            json =>
            {
                json.WriteStartArray();
                foreach (DestinationFacts facts in all) DestinationJson.Write(json, facts, withEndpoints: false);
                json.WriteEndArray();
            });
    }

    private static async Task<ConsoleAnswer> ShowAsync(DestinationReader reader, ConsoleCall call, CancellationToken cancel)
    {
        string id = Id(reader, call.Find(s_name.Name)!);
        string? router = Router(reader, call);
        DestinationFacts[] all = await reader.ReadAsync(
            (label, each) => (router is null || label == router) && each == id, cancel).ConfigureAwait(false);
        if (all.Length == 0) throw new ConsoleRefusal(ConsoleStatus.No, $"router {router} has no destination `{id}`; `dest list` shows who has");
        DateTimeOffset taken = reader.Time.GetUtcNow();
        return new ConsoleAnswer(
            text =>
            {
                foreach (DestinationFacts facts in all) DestinationText.Write(text, facts, taken);
            },
            json =>
            {
                json.WriteStartArray();
                foreach (DestinationFacts facts in all) DestinationJson.Write(json, facts, withEndpoints: true);
                json.WriteEndArray();
            });
    }

    /// <summary>The id that a text means: itself, or the only one that ends in it.</summary>
    private static string Id(DestinationReader reader, string text)
    {
        string[] ids = [.. reader.Names().Distinct()];
        if (ids.Contains(text)) return text;
        string end = $"/{text.TrimStart('/')}";
        string[] meant = [.. ids.Where(id => id.EndsWith(end, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        if (meant is [var one]) return one;
        string name = text[(text.LastIndexOf('/') + 1)..];
        string? like = Nearest.To(text, ids) ?? Nearest.To(name, ids.Select(static id => id[(id.LastIndexOf('/') + 1)..]));
        string near = like is null ? "" : $"did you mean `{like}`? ";
        throw new ConsoleRefusal(ConsoleStatus.No, meant.Length > 1
            ? $"`{text}` may be {string.Join(", ", meant.Take(5).Select(static id => $"`{id}`"))}"
            : $"no destination `{text}`; {near}`dest list` shows those in use: one is made by the first request that leads to it");
    }

    private static string? Router(DestinationReader reader, ConsoleCall call)
    {
        if (call.Find(s_router.Name) is not { } router) return null;
        string[] labels = [.. reader.RouterLabels()];
        return labels.Contains(router)
            ? router
            : throw new ConsoleRefusal(ConsoleStatus.No, $"no router `{router}`; there is {string.Join(", ", labels)}");
    }
}
