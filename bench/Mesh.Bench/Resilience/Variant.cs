namespace Mesh.Bench.Resilience;

/// <summary>A way to serve the pods: a program and its configuration.</summary>
/// <param name="Name">As the tables call it.</param>
/// <param name="IsMesh">Else HAProxy.</param>
/// <param name="Config">Its configuration for pods on these ports.</param>
internal sealed record Variant(string Name, bool IsMesh, Func<int[], string> Config)
{
    public static Variant Mesh(string name, string scenario, string client, string service = "{}") =>
        new(name, true, _ => ResilienceConfigs.Mesh(scenario, client, service));

    public static Variant HaProxy(string name, params string[] backend) => new(name, false, ports => ResilienceConfigs.HaProxy(ports, backend));

    /// <summary>Starts it on core 0.</summary>
    public async Task<Proxy> StartAsync(string scenario, int[] ports)
    {
        string file = $"{ResilienceConfigs.Folder}/{scenario}-{Name.Replace(' ', '-').Replace(",", "", StringComparison.Ordinal)}";
        string config = Config(ports);
        if (!IsMesh)
        {
            return await Proxy.StartHaProxyAsync(
                $"{file}.cfg", port => config.Replace(ResilienceConfigs.ListenPort, $"{port}", StringComparison.Ordinal), Cores.Proxy);
        }

        ResilienceConfigs.WriteAddresses(scenario, ports);
        return await Proxy.StartMeshAsync($"{file}.yaml", config, Cores.Proxy);
    }
}

/// <summary>Who runs where.</summary>
internal static class Cores
{
    public const string Proxy = "0";

    /// <summary>Client and pods.</summary>
    public const string Ends = "1";
}
