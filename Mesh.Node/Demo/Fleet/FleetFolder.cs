using System.Collections.Immutable;
using System.Globalization;

namespace Mesh.Node.Demo.Fleet;

/// <summary>
/// The fleet's files, in a temporary directory of its own: the services' addresses, and each node's config, log and cluster directory.
/// </summary>
internal sealed class FleetFolder : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("mesh-demo-");

    public FleetFolder() => Directory.CreateDirectory(Disco);

    public string Root => _root.FullName;

    /// <summary>Where <c>io.l5d.fs</c> looks: a file for each service.</summary>
    public string Disco => Path.Combine(Root, "disco");

    public string ConfigOf(FleetMember member) => Path.Combine(Root, $"{member.Name}.yaml");

    public string LogOf(FleetMember member) => Path.Combine(Root, $"{member.Name}.log");

    /// <summary>Writes each service's addresses: a line for each instance.</summary>
    public void WriteAddresses(IEnumerable<DemoInstance> instances)
    {
        foreach (IGrouping<string, DemoInstance> service in instances.GroupBy(static instance => instance.Service))
        {
            IEnumerable<string> lines = service.Select(static instance =>
                string.Create(CultureInfo.InvariantCulture, $"{instance.EndPoint.Address} {instance.EndPoint.Port}   # {instance.Name}"));
            File.WriteAllLines(Path.Combine(Disco, service.Key), lines);
        }
    }

    /// <summary>Writes and returns the config of a node.</summary>
    /// <param name="member">Whose.</param>
    /// <param name="ports">Its own.</param>
    /// <param name="seeds">The cluster ports of the core nodes: as many found the cluster.</param>
    public string WriteConfig(FleetMember member, FleetPorts ports, ImmutableArray<int> seeds)
    {
        string founds = member.IsCore ? string.Create(CultureInfo.InvariantCulture, $"\n  bootstrapExpect: {seeds.Length}") : "";
        string addresses = string.Join(", ", seeds.Select(static port => string.Create(CultureInfo.InvariantCulture, $"\"127.0.0.1:{port}\"")));
        string text = string.Create(CultureInfo.InvariantCulture, $$"""
            admin: {port: {{ports.Admin}}, shutdownGraceMs: 2000}
            loops: 1
            cluster:
              name: demo
              node: {{member.Name}}
              roles: [{{member.Role}}]
              port: {{ports.Cluster}}
              seeds: [{{addresses}}]{{founds}}
              directory: {{Quoted(Path.Combine(Root, member.Name))}}
            namers:
            - kind: io.l5d.fs
              rootDir: {{Quoted(Disco)}}
            routers:
            - protocol: http
              label: demo
              dtab: /svc => /#/io.l5d.fs ;
              servers:
              - port: {{ports.Router}}

            """);
        File.WriteAllText(ConfigOf(member), text);
        return text;
    }

    public void Dispose()
    {
        try
        {
            _root.Delete(recursive: true);
        }
        catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
        {
            // Somebody has a file open or wrote one meanwhile; the system's own care of temporary files takes the rest.
        }
    }

    private static string Quoted(string path) => $"'{path.Replace("'", "''", StringComparison.Ordinal)}'";
}
