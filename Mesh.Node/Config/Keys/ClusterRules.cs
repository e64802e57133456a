using Mesh.Actors.Membership;
using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Keys;

/// <summary>What <c>cluster</c> and <c>journal</c> must not contradict each other in, and what needs a cluster.</summary>
internal static class ClusterRules
{
    public static void Check(SectionView root, CheckContext context)
    {
        YamlNode? journal = root.Find(RootKeys.Journal);
        if (root.Find(RootKeys.Cluster) is not YamlMapping mapping)
        {
            if (journal is not null && root.Find(RootKeys.Cluster) is null)
                context.Faults.Fault(journal.At,
                    "`journal` keeps what a cluster decides, and there is no `cluster`; write one (`cluster: {}` is a cluster of one)");
            if (root.Find(RootKeys.Cluster) is null) CheckInterpreters(root, context);
            return;
        }

        var cluster = new SectionView(mapping);
        if (journal is not YamlMapping written || JournalKinds.Table.Named(written)?.Section is not { } section) return;
        bool several = cluster.Get(ClusterKeys.BootstrapExpect) > 1 || (ClusterKeys.HasSeeds(cluster) && IsCore(cluster));
        if (section == JournalKeys.Sqlite && several)
            context.Faults.Fault(written.At,
                "`kind: sqlite` is one node's own file and there are several core nodes: a shard that moves would lose its events; "
                + "write `quorum` or `postgresql`");
    }

    private static void CheckInterpreters(SectionView root, CheckContext context)
    {
        foreach (YamlNode item in RootKeys.Items(root, RootKeys.Routers))
        {
            if (item is not YamlMapping router || new SectionView(router).Find(RouterKeys.Interpreter) is not YamlMapping interpreter) continue;
            if (InterpreterKinds.Table.Named(interpreter)?.Section == InterpreterKeys.Routes)
                context.Faults.Fault(interpreter.At,
                    $"`{RoutesInterpreterConfig.KindName}` reads what a cluster keeps, and there is no `cluster`; "
                    + "add a `cluster:` section (`cluster: {node: n1}` is a cluster of one)");
        }
    }

    private static bool IsCore(SectionView cluster) => cluster.Get(ClusterKeys.Roles).Contains(Member.CoreRole);
}
