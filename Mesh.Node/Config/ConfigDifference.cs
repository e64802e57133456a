namespace Mesh.Node.Config;

/// <summary>
/// What separates two configs of one node and cannot change while it runs: admin, listeners, threads, and what names a router. All else (dtab,
/// namers, interpreter, client, service, policies, bindingTimeoutMs, bindingCache) is live.
/// </summary>
internal static class ConfigDifference
{
    /// <summary>The parts of a router that need a restart, by the name that an operator knows them by.</summary>
    private static readonly (string Name, Func<RouterConfig, RouterConfig, bool> Same)[] s_routerParts =
    [
        ("dstPrefix", static (old, now) => old.DstPrefix == now.DstPrefix),
        ("identifier", static (old, now) => old.Identifiers.SequenceEqual(now.Identifiers)),
        ("tcpIdentifier", static (old, now) => old.ConnectionIdentifiers.SequenceEqual(now.ConnectionIdentifiers)),
        ("maxHeadersKB, maxInitialLineKB or maxHeaderFields", static (old, now) => old.Limits == now.Limits),
        ("protocol", static (old, now) => old.Speaks == now.Speaks && old.Takes == now.Takes),
        ("originator", static (old, now) => old.Originator == now.Originator),
        ("httpAccessLog", static (old, now) => old.AccessLog == now.AccessLog),
        ("servers", static (old, now) => SameServers(old, now)),
    ];

    /// <summary>
    /// A line for each part that changed and needs a restart, such as <c>routers[0] (http): servers changed</c>; empty where all is live.
    /// </summary>
    public static IReadOnlyList<string> RestartNeeded(MeshConfig old, MeshConfig now)
    {
        var lines = new List<string>();
        if (!Same(old.Admin, now.Admin)) lines.Add("admin changed");
        if (old.Loops != now.Loops) lines.Add("loops changed");
        if (old.BufferBudgetBytes != now.BufferBudgetBytes) lines.Add("bufferBudgetMB changed");
        if (!Same(old.Cluster, now.Cluster)) lines.Add("cluster changed");
        if (old.Inbound != now.Inbound) lines.Add("inbound changed");
        if (old.Journal != now.Journal) lines.Add("journal changed");
        if (old.Transport != now.Transport) lines.Add("transport changed");
        for (int index = 0; index < now.Routers.Length; index++)
        {
            RouterConfig router = now.Routers[index];
            if (Find(old, router.Label) is { } before) AddChanges(lines, index, before, router);
            else lines.Add($"routers[{index}] ({router.Label}): added");
        }

        for (int index = 0; index < old.Routers.Length; index++)
            if (Find(now, old.Routers[index].Label) is null) lines.Add($"routers[{index}] ({old.Routers[index].Label}): removed");
        return lines;
    }

    private static void AddChanges(List<string> lines, int index, RouterConfig old, RouterConfig now)
    {
        foreach ((string name, Func<RouterConfig, RouterConfig, bool> same) in s_routerParts)
            if (!same(old, now)) lines.Add($"routers[{index}] ({now.Label}): {name} changed");
    }

    /// <summary>A router is known by its label; another label is another router.</summary>
    private static RouterConfig? Find(MeshConfig config, string label) => config.Routers.FirstOrDefault(router => router.Label == label);

    private static bool Same(AdminConfig old, AdminConfig now) =>
        old.Security.PathWhitelist.SequenceEqual(now.Security.PathWhitelist)
        && old.Security.PathBlacklist.SequenceEqual(now.Security.PathBlacklist)
        && old with { Security = WithLists(old.Security, now.Security) } == now;

    private static bool Same(ClusterConfig? old, ClusterConfig? now) =>
        old is null || now is null
            ? old == now
            : old.Roles.SequenceEqual(now.Roles) && old.Seeds.SequenceEqual(now.Seeds) && old with { Roles = now.Roles, Seeds = now.Seeds } == now;

    private static AdminSecurityConfig WithLists(AdminSecurityConfig old, AdminSecurityConfig now) =>
        old with { PathWhitelist = now.PathWhitelist, PathBlacklist = now.PathBlacklist };

    /// <summary>Lists are equal by what they hold only where one says so; records compare the lists in them by reference.</summary>
    private static bool SameServers(RouterConfig old, RouterConfig now) =>
        old.Servers.Length == now.Servers.Length
        && old.Servers.Zip(now.Servers, Same).All(static same => same);

    private static bool Same(ServerConfig old, ServerConfig now) =>
        old.Upgrades.SequenceEqual(now.Upgrades) && old with { Upgrades = now.Upgrades } == now;
}
