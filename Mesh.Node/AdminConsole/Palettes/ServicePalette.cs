using System.Globalization;
using Mesh.Actors.Tables;
using Mesh.Discovery.Services;
using Mesh.Node.Admin;
using Mesh.Node.Admin.Services;

namespace Mesh.Node.AdminConsole.Palettes;

/// <summary><c>service ..</c>: the fleet's services as this node knows them; those that it hosts it drains and enables.</summary>
internal static class ServicePalette
{
    private const int DefaultServices = 100;

    /// <summary>Instances named where none was meant.</summary>
    private const int MostNamed = 10;

    private static readonly ConsoleOption s_service = new("-s", "SERVICE", "which one") { Required = true, Values = ConsoleValues.Services };
    private static readonly ConsoleOption s_id = new("-i", "ID", "only this instance; all that this node hosts without it");
    private static readonly ConsoleOption s_prefix = new("-p", "PREFIX", "services whose names begin so; all without it")
    {
        Values = ConsoleValues.Services,
    };

    private static readonly ConsoleOption s_most = new("-n", "SERVICES", "at most so many, 100 unless given");

    public static IEnumerable<ConsoleCommand> Commands(ServicesView view) =>
    [
        ConsoleCommand.Once("service list", "the fleet's services, and how many of their instances are up",
            (call, _) => Task.FromResult(List(view, call))) with { Options = [s_prefix, s_most], Example = "service list -p web" },
        ConsoleCommand.Once("service show", "a service's instances", (call, _) => Task.FromResult(Show(view, call))) with
        {
            Options = [s_service],
            Example = "service show -s web",
        },
        ConsoleCommand.Once("service drain", "no new requests for instances of this node, or for one by its id anywhere, until `service enable`",
            (call, _) => DrainAsync(view, call, isDrained: true)) with
        {
            Options = [s_service, s_id],
            Mutates = true,
            Example = "service drain -s web -i web-1",
        },
        ConsoleCommand.Once("service enable", "requests again for what was drained, here or by its id anywhere",
            (call, _) => DrainAsync(view, call, isDrained: false)) with
        {
            Options = [s_service, s_id],
            Mutates = true,
            Example = "service enable -s web",
        },
    ];

    private static ConsoleAnswer List(ServicesView view, ConsoleCall call)
    {
        string prefix = call.Find(s_prefix.Name) ?? "";
        int most = call.Number(s_most.Name, DefaultServices, 1, ServicesEndpoint.MaxListed);
        ServiceList[] lists = [.. view.Table.All().Where(list => list.Name.StartsWith(prefix, StringComparison.Ordinal)).Take(most)];
        return new ConsoleAnswer(
            text =>
            {
                foreach (ServiceList list in lists)
                    text.WriteLine($"{list.Name} | up: {list.Present.Count(IsUp)} of {list.Present.Count()}");
                text.WriteLine($"Count: {lists.Length} of {view.Table.Services} services");
                if (ViewAge.Note("services", view.Table.Freshness, view.Time.GetUtcNow()) is { } note) text.WriteLine(note);
            },
            json =>
            {
                json.WriteStartArray();
                foreach (ServiceList list in lists)
                {
                    json.WriteStartObject();
                    json.WriteString("name", list.Name);
                    json.WriteNumber("up", list.Present.Count(IsUp));
                    json.WriteNumber("instances", list.Present.Count());
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
    }

    private static ConsoleAnswer Show(ServicesView view, ConsoleCall call)
    {
        ServiceList list = view.Table.Find(ServiceNames.Normal(call.Find(s_service.Name)!));
        if (list.Rows.IsEmpty) throw new ConsoleRefusal(ConsoleStatus.No, $"no service `{list.Name}`; `service list` lists them");
        DateTimeOffset now = view.Time.GetUtcNow();
        return new ConsoleAnswer(
            text =>
            {
                foreach (RowView<ServiceInstance> row in list.Rows) text.WriteLine(Line(row, now));
                text.WriteLine($"Count: {list.Rows.Length} instances");
            },
            json => ServiceJson.Write(json, list, now));
    }

    /// <summary>Here if this node hosts what is meant; else one instance, by its id, at the node or nodes that do.</summary>
    private static async Task<ConsoleAnswer> DrainAsync(ServicesView view, ConsoleCall call, bool isDrained)
    {
        LocalServices local = view.Local() ?? throw new ConsoleRefusal(ConsoleStatus.Unavailable, view.WhyAway());
        string service = ServiceNames.Normal(call.Find(s_service.Name)!);
        string? id = call.Find(s_id.Name);
        var question = new DrainQuestion(service, id, isDrained, $"{call.Author} by node {view.Node}");
        DrainAnswer here = await local.Drain(question).ConfigureAwait(false);
        if (!here.Meant.IsEmpty) return ConsoleAnswer.Lines([.. here.Meant.Concat(Warnings(here))]);
        RowView<ServiceInstance>[] there = id is null ? [] : [.. view.Table.Find(service).Rows.Where(row => row.Value.Id == id)];
        if (there.Length == 0) throw new ConsoleRefusal(ConsoleStatus.No, NotHere(view, service, id));
        List<string> lines = [];
        foreach (RowView<ServiceInstance> row in there)
        {
            DrainAnswer answer = await view.Forward(row.Owner, question).ConfigureAwait(false)
                ?? throw new ConsoleRefusal(ConsoleStatus.Unavailable, $"node {row.Value.Node}, which hosts {row.Key}, does not answer");
            lines.AddRange(answer.Meant.Select(line => $"{line} (at {row.Value.Node})").Concat(Warnings(answer)));
        }

        return ConsoleAnswer.Lines([.. lines]);
    }

    private static IEnumerable<string> Warnings(DrainAnswer answer) =>
        answer.NotKept is { } why ? [$"until that node's restart only, its disk failed: {why}"] : [];

    /// <summary>Without an id only this node's instances are meant: a whole service is not taken out by accident.</summary>
    private static string NotHere(ServicesView view, string service, string? id)
    {
        string what = id is null ? $"instance of `{service}`" : $"instance `{service}/{id}`";
        string[] ids = [.. view.Table.Find(service).Rows.Select(static row => $"-i {row.Value.Id} ({row.Value.Node})").Take(MostNamed)];
        if (id is not null) return $"no node hosts an {what}";
        return $"node {view.Node} hosts no {what}" + (ids.Length == 0 ? "" : $"; elsewhere there are {string.Join(", ", ids)}");
    }

    private static string Line(RowView<ServiceInstance> row, DateTimeOffset now)
    {
        ServiceInstance instance = row.Value;
        string age = Math.Max(0, (now - instance.Since).TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
        string owner = row.State == OwnerState.Up ? instance.Node : $"{instance.Node} ({ServiceJson.Word(row.State)})";
        string tags = instance.Tags.Count == 0 ? "" : $" | tags: {instance.Tags}";
        string reason = instance.Reason.Length == 0 ? "" : $" | {instance.Reason}";
        return $"{instance.Id} | {ServiceJson.Word(instance.State)} for {age} s | {instance.App} | {owner}{tags}{reason}";
    }

    private static bool IsUp(RowView<ServiceInstance> row) => row.Value.State == InstanceState.Up;
}
