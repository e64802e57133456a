using System.Text;

namespace Mesh.Node.Config;

/// <summary>One line that says what a config would run.</summary>
internal static class ConfigSummary
{
    public static string Of(MeshConfig config)
    {
        var line = new StringBuilder();
        foreach (RouterConfig router in config.Routers)
        {
            line.Append(line.Length == 0 ? "" : "; ").Append("router ").Append(router.Label).Append(" on ");
            for (int index = 0; index < router.Servers.Length; index++)
                line.Append(index == 0 ? "" : ", ").Append(router.Servers[index].EndPoint);
        }

        foreach (NamerConfig namer in config.Namers) line.Append("; namer /#/").Append(namer.Prefix);
        if (config.Cluster is { } cluster)
            line.Append("; cluster ").Append(cluster.Name).Append(" on ").Append(cluster.Ip).Append(':').Append(cluster.Port);
        if (config.InboundSide is { } inbound) line.Append("; inbound on ").Append(inbound.Ip).Append(':').Append(inbound.Port);
        return line.Append("; admin on ").Append(config.Admin.Ip).Append(':').Append(config.Admin.Port).ToString();
    }
}
