using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Keys;

/// <summary>What <c>services</c>, and the namer that finds them, ask of the rest of a config.</summary>
internal static class ServiceRules
{
    public static void Check(SectionView root, CheckContext context)
    {
        YamlNode? cluster = root.Find(RootKeys.Cluster);
        if (cluster is null && root.Find(RootKeys.Services) is YamlSequence { Items.Length: > 0 } services)
            context.Faults.Fault(services.At,
                "`services` are told to a cluster, and there is none; add a `cluster:` section (one node alone is `cluster: {node: n1}`)");
        foreach (YamlNode namer in RootKeys.Items(root, RootKeys.Namers))
        {
            if (cluster is not null || NamerKinds.Table.Named(namer as YamlMapping)?.Name != ServicesNamerConfig.KindName) continue;
            context.Faults.Fault(namer.At,
                $"namer `{ServicesNamerConfig.KindName}` asks a cluster, and there is none; "
                + "add a `cluster:` section (one node alone is `cluster: {node: n1}`)");
        }

        CheckIds(root, context);
    }

    /// <summary>Two that are one would take turns in the fleet's table.</summary>
    private static void CheckIds(SectionView root, CheckContext context)
    {
        HashSet<(string, string)> seen = [];
        foreach (YamlNode item in RootKeys.Items(root, RootKeys.Services))
        {
            if (item is not YamlMapping mapping) continue;
            var view = new SectionView(mapping);
            string name = view.Get(HostedServiceKeys.Name) ?? "";
            string id = view.Get(HostedServiceKeys.Id) ?? $"port {view.Get(HostedServiceKeys.Port)}";
            if (name.Length > 0 && !seen.Add((name, id)))
                context.Faults.Fault(item.At, $"service {Quoting.Quote(name)} has two instances `{id}`; give each an `id` of its own");
        }
    }
}
