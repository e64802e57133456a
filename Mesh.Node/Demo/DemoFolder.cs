using System.Globalization;

namespace Mesh.Node.Demo;

/// <summary>The demo's files, in a temporary directory of its own: an address file for each service and the node's config.</summary>
internal sealed class DemoFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mesh-demo-").FullName;

    public DemoFolder() => Directory.CreateDirectory(Disco);

    /// <summary>Where <c>io.l5d.fs</c> looks: a file for each service.</summary>
    public string Disco => Path.Combine(_root, "disco");

    public string Config => Path.Combine(_root, "demo.yaml");

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

    /// <summary>Writes and returns the config of the node.</summary>
    public string WriteConfig(int routerPort, int adminPort)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $$"""
            admin: {port: {{adminPort}}, shutdownGraceMs: 2000}
            loops: 2
            namers:
            - kind: io.l5d.fs
              rootDir: '{{Disco.Replace("'", "''", StringComparison.Ordinal)}}'
            routers:
            - protocol: http
              label: demo
              dtab: /svc => /#/io.l5d.fs ;
              client:
                failureAccrual:
                  kind: io.l5d.consecutiveFailures
                  failures: 2
                  backoff: {kind: jittered, minMs: 1000, maxMs: 3000}
              service:
                responseClassifier: {kind: io.l5d.http.retryableRead5XX}
              servers:
              - port: {{routerPort}}

            """);
        File.WriteAllText(Config, text);
        return text;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(_root, recursive: true);
        }
        catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
        {
            // Somebody has a file open or wrote one meanwhile; the system's own care of temporary files takes the rest.
        }
    }
}
