using Mesh.Actors.Membership;
using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Keys;

/// <summary>What <c>cluster</c> and <c>journal</c> must not contradict each other in.</summary>
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

    private static bool IsCore(SectionView cluster) => cluster.Get(ClusterKeys.Roles).Contains(Member.CoreRole);
}
