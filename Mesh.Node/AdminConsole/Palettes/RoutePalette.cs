using Mesh.Node.Admin;
using Mesh.Node.Admin.Dtabs;
using Mesh.Routing.Dtabs;
using Mesh.Routing.Routes;

namespace Mesh.Node.AdminConsole.Palettes;

/// <summary><c>route ..</c>: the fleet's namespaces, their history, and changes of them.</summary>
internal static class RoutePalette
{
    private const int DefaultWaitSeconds = 5;
    private const int MostWaitSeconds = 120;

    private static readonly ConsoleOption s_name = new("-n", "NAMESPACE", "which one") { Required = true, Values = ConsoleValues.Namespaces };
    private static readonly ConsoleOption s_version = new("-v", "VERSION", "which version; the present one without it");
    private static readonly ConsoleOption s_old = new("-v", "VERSION", "the older one; the one before the present without it");
    private static readonly ConsoleOption s_young = new("-w", "VERSION", "the newer one; the present one without it");
    private static readonly ConsoleOption s_back = new("-v", "VERSION", "which version comes back") { Required = true };
    private static readonly ConsoleOption s_expected = new("-e", "VERSION", "only over this version");
    private static readonly ConsoleOption s_dtab = new("-d", "DTAB", "the rules, in quotes");
    private static readonly ConsoleOption s_file = new("-f", "FILE", "a file with the rules instead, at most 1 MiB; - is standard input")
    {
        FileOf = s_dtab.Name,
    };

    private static readonly ConsoleOption s_policies = new("-d", "TEXT", "the document, YAML or JSON, in quotes");
    private static readonly ConsoleOption s_policiesFile = new("-f", "FILE", "a file with the document instead; - is standard input")
    {
        FileOf = s_policies.Name,
    };

    private static readonly ConsoleOption s_seconds = new("-t", "SECONDS", "how long, 5 unless given");

    /// <param name="table">What this node has.</param>
    /// <param name="doors">Asked at each call; refuses while there are none yet.</param>
    /// <param name="time">For ages.</param>
    public static IEnumerable<ConsoleCommand> Commands(RouteTable table, Func<ClusterRoutes> doors, TimeProvider time) =>
    [
        ConsoleCommand.Once("route list", "the namespaces that this node has, and when others confirmed them",
            (_, _) => Task.FromResult(List(table, time.GetUtcNow()))) with { Example = "route list" },
        ConsoleCommand.Once("route show", "a namespace's dtab, as it was written", (call, _) => ShowAsync(table, doors(), call))
            with { Options = [s_name, s_version], Example = "route show -n web -v 3" },
        ConsoleCommand.Once("route policies", "a namespace's policies, as they were written", (call, _) => PoliciesAsync(table, doors(), call))
            with { Options = [s_name, s_version], Example = "route policies -n web" },
        ConsoleCommand.Once("route diff", "what changed between two versions, in both documents", (call, _) => DiffAsync(table, doors(), call))
            with { Options = [s_name, s_old, s_young], Example = "route diff -n web -v 3 -w 5" },
        ConsoleCommand.Once("route history", "who changed a namespace, when and how", (call, _) => HistoryAsync(doors(), call))
            with { Options = [s_name], Example = "route history -n web" },
        ConsoleCommand.Once("route wait", "waits until every node that can be reached has a version",
            (call, cancel) => WaitAsync(table, doors(), call, cancel)) with
        {
            Options = [s_name, s_version, s_seconds],
            Example = "route wait -n web -t 30",
        },
        ConsoleCommand.Once("route set", "writes a namespace", async (call, _) =>
            Done(call, await doors().Store.PutAsync(
                Name(call), Text(call), Version(call, s_expected, 0), call.Author).ConfigureAwait(false)))
            with { Options = [s_name, s_dtab, s_file, s_expected], Mutates = true, Example = "route set -n web -f web.dtab -e 3" },
        ConsoleCommand.Once("route set-policies", "writes a namespace's policies", async (call, _) =>
            Done(call, await doors().Store.PutPoliciesAsync(
                Name(call), Text(call), Version(call, s_expected, 0), call.Author).ConfigureAwait(false)))
            with { Options = [s_name, s_policies, s_policiesFile, s_expected], Mutates = true, Example = "route set-policies -n web -f web.yaml" },
        ConsoleCommand.Once("route delete-policies", "takes a namespace's policies away; its dtab stays", async (call, _) =>
            Done(call, await doors().Store.DeletePoliciesAsync(Name(call), Version(call, s_expected, 0), call.Author).ConfigureAwait(false)))
            with { Options = [s_name, s_expected], Mutates = true, Example = "route delete-policies -n web" },
        ConsoleCommand.Once("route delete", "deletes a namespace; `route rollback` brings it back", async (call, _) =>
            Done(call, await doors().Store.DeleteAsync(Name(call), Version(call, s_expected, 0), call.Author).ConfigureAwait(false)))
            with { Options = [s_name, s_expected], Mutates = true, Example = "route delete -n web" },
        ConsoleCommand.Once("route rollback", "brings an earlier version's dtab and policies back, as a new version", async (call, _) =>
            Done(call, await doors().Store.RollbackAsync(
                Name(call), Version(call, s_back, 0), Version(call, s_expected, 0), call.Author).ConfigureAwait(false)))
            with { Options = [s_name, s_back, s_expected], Mutates = true, Example = "route rollback -n web -v 3" },
    ];

    private static ConsoleAnswer List(RouteTable table, DateTimeOffset now)
    {
        RouteView view = table.Current;
        string state = ViewAge.Text(table.Freshness, now);
        return new ConsoleAnswer(
            text =>
            {
                foreach (RouteNamespace each in view.Namespaces.Values)
                    text.WriteLine($"{each.Name} | {each.Version} | {each.Dtab.Dentries.Length} rules | {AdminJson.Time(each.At)} | {each.Author} | "
                        + (each.Policies.Length > 0 ? "policies" : "no policies"));
                foreach ((string name, string why) in view.Unread) text.WriteLine($"{name} | {why}");
                text.WriteLine($"Count: {view.Namespaces.Count} namespaces, {state}");
            },
            json =>
            {
                json.WriteStartObject();
                json.WriteBoolean("confirmed", view.IsConfirmed);
                json.WriteBoolean("settled", view.IsSettled);
                ViewAge.Write(json, table.Freshness, now);
                json.WriteStartArray("namespaces");
                foreach (RouteNamespace each in view.Namespaces.Values)
                {
                    json.WriteStartObject();
                    json.WriteString("name", each.Name);
                    json.WriteNumber("version", each.Version);
                    json.WriteString("etag", ETags.Of(each.Version));
                    json.WriteNumber("rules", each.Dtab.Dentries.Length);
                    json.WriteBoolean("policies", each.Policies.Length > 0);
                    json.WriteString("at", AdminJson.Time(each.At));
                    json.WriteString("author", each.Author);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            });
    }

    private static async Task<ConsoleAnswer> ShowAsync(RouteTable table, ClusterRoutes doors, ConsoleCall call)
    {
        RouteText shown = await TextAsync(table, doors, call, Version(call, s_version, 0)).ConfigureAwait(false);
        return Show(shown.Version, "dtab", shown.Text);
    }

    private static async Task<ConsoleAnswer> PoliciesAsync(RouteTable table, ClusterRoutes doors, ConsoleCall call)
    {
        RouteText shown = await TextAsync(table, doors, call, Version(call, s_version, 0)).ConfigureAwait(false);
        return shown.Policies.Length > 0
            ? Show(shown.Version, "policies", shown.Policies)
            : throw new ConsoleRefusal(ConsoleStatus.No, $"version {shown.Version} has no policies");
    }

    private static ConsoleAnswer Show(long version, string document, string content) => new(
        text =>
        {
            text.WriteLine($"# version {version} ({ETags.Of(version)})");
            text.WriteLine(content.TrimEnd('\n'));
        },
        json =>
        {
            json.WriteStartObject();
            json.WriteNumber("version", version);
            json.WriteString("etag", ETags.Of(version));
            json.WriteString(document, content);
            json.WriteEndObject();
        });

    private static async Task<ConsoleAnswer> DiffAsync(RouteTable table, ClusterRoutes doors, ConsoleCall call)
    {
        RouteText young = await TextAsync(table, doors, call, Version(call, s_young, 0)).ConfigureAwait(false);
        RouteText old = await TextAsync(table, doors, call, Version(call, s_old, young.Version - 1)).ConfigureAwait(false);
        DtabDiffLine[] changed = [.. DtabDiff.Of(Dtab.Parse(old.Text), Dtab.Parse(young.Text)).Where(static line => line.Mark != ' ')];
        List<string> lines =
        [
            $"# version {old.Version} to {young.Version}",
            .. changed.Select(static line => $"{line.Mark} {line.Dentry}"),
            $"# {changed.Count(static line => line.Mark == '-')} gone, {changed.Count(static line => line.Mark == '+')} come",
        ];
        var all = SequenceDiff.Of<string>(Lines(old.Policies), Lines(young.Policies));
        (char Mark, string Item)[] text = [.. all.Where(static line => line.Mark != ' ')];
        if (text.Length > 0) lines.AddRange(["# policies", .. text.Select(static line => $"{line.Mark} {line.Item}")]);
        return ConsoleAnswer.Lines(lines);
    }

    private static string[] Lines(string text) => text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n');

    private static async Task<ConsoleAnswer> HistoryAsync(ClusterRoutes doors, ConsoleCall call)
    {
        RouteHistory history = await HistoryAsync(doors, call, 0).ConfigureAwait(false);
        return new ConsoleAnswer(
            text =>
            {
                foreach (RouteChange change in history.Changes)
                {
                    string to = change.Restored > 0 ? $" to {change.Restored}" : "";
                    text.WriteLine($"{change.Version} | {RouteJson.Kind(change.Kind)}{to} | {AdminJson.Time(change.At)} | {change.Author} | "
                        + string.Join(", ", RouteJson.Documents(change)));
                }

                text.WriteLine($"Count: {history.Changes.Length} changes");
            },
            json => RouteJson.Write(json, history));
    }

    private static async Task<ConsoleAnswer> WaitAsync(RouteTable table, ClusterRoutes doors, ConsoleCall call, CancellationToken cancel)
    {
        long version = Version(call, s_version, table.Find(Name(call))?.Version ?? 0);
        if (version == 0) throw None(call);
        TimeSpan timeout = TimeSpan.FromSeconds(call.Number(s_seconds.Name, DefaultWaitSeconds, 1, MostWaitSeconds));
        RouteSpread spread = await doors.Wait.WaitAsync(Name(call), version, timeout, cancel).ConfigureAwait(false);
        if (!spread.IsEverywhere)
        {
            IEnumerable<string> late = spread.Nodes.Where(static node => node.IsReachable && !node.HasIt)
                .Select(static node => $"{node.Name} at {node.Address} has {(node.Version is null or 0 ? "nothing" : $"version {node.Version}")}");
            throw new ConsoleRefusal(ConsoleStatus.No, $"version {version} is not everywhere: {string.Join(", ", late)}");
        }

        return new ConsoleAnswer(
            text =>
            {
                foreach (RouteSpread.Node node in spread.Nodes)
                    text.WriteLine($"{node.Address} | {node.Version?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"} | "
                        + $"{(node.IsReachable ? "" : "unreachable")} | {node.Name}");
                text.WriteLine($"version {version} is on every node that can be reached");
            },
            json => RouteJson.Write(json, version, spread));
    }

    private static ConsoleAnswer Done(ConsoleCall call, RouteResult result) => result switch
    {
        RouteResult.Changed changed => ConsoleAnswer.Line($"{RouteJson.Kind(changed.Kind)}: {Name(call)} has version {changed.Version}"),
        RouteResult.Exists exists => throw new ConsoleRefusal(ConsoleStatus.No, $"it exists, in version {exists.Version}"),
        RouteResult.Stale stale => throw new ConsoleRefusal(ConsoleStatus.No, $"it has version {stale.Version}; look at `route diff` first"),
        RouteResult.NotFound none => throw new ConsoleRefusal(ConsoleStatus.No, none.Reason),
        RouteResult.Refused refused => throw new ConsoleRefusal(ConsoleStatus.BadInput, refused.Reason),
        RouteResult.Unavailable away => throw new ConsoleRefusal(ConsoleStatus.Unavailable, away.Reason),
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, "a result without words"),
    };

    /// <summary>A version's text: the present one is this node's, others are asked for.</summary>
    private static async Task<RouteText> TextAsync(RouteTable table, ClusterRoutes doors, ConsoleCall call, long version)
    {
        RouteNamespace? here = table.Find(Name(call));
        if (here is not null && (version == 0 || version == here.Version)) return new RouteText(here.Version, here.Text, here.Policies);
        if (version == 0 && table.Current.Unread.TryGetValue(Name(call), out string? why)) throw new ConsoleRefusal(ConsoleStatus.Unavailable, why);
        if (version == 0) throw None(call);
        RouteHistory history = await HistoryAsync(doors, call, version).ConfigureAwait(false);
        if (history.Changes is not [{ } change]) throw new ConsoleRefusal(ConsoleStatus.No, $"no version {version}; `route history` lists them");
        if (change.Kind == RouteChangeKind.Deleted) return new RouteText(version, "", "");
        string? policies = "";
        return change.Dtab?.TryRead(out string? text) == true && (change.Policies is null || change.Policies.TryRead(out policies))
            ? new RouteText(version, text, policies)
            : throw new ConsoleRefusal(ConsoleStatus.No, $"the text of version {version} is no longer kept");
    }

    private static async Task<RouteHistory> HistoryAsync(ClusterRoutes doors, ConsoleCall call, long version)
    {
        (RouteHistory? history, string why) = await doors.Store.HistoryAsync(Name(call), version).ConfigureAwait(false);
        if (history is null) throw new ConsoleRefusal(ConsoleStatus.Unavailable, why);
        return history.Changes.IsEmpty && version == 0 ? throw None(call) : history;
    }

    private static ConsoleRefusal None(ConsoleCall call) => new(ConsoleStatus.No, $"no namespace `{Name(call)}`; `route list` lists them");

    private static string Text(ConsoleCall call) => call.Find(s_dtab.Name)
        ?? throw new ConsoleRefusal(ConsoleStatus.BadInput, $"`-d` or `-f FILE` is needed; usage: {call.Command.Usage}");

    private static string Name(ConsoleCall call) => call.Find(s_name.Name)!;

    private static long Version(ConsoleCall call, ConsoleOption option, long whenAbsent) =>
        call.Has(option.Name) ? call.Number(option.Name, 0, 1, int.MaxValue) : whenAbsent;

    private sealed record RouteText(long Version, string Text, string Policies);
}
