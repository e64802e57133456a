using Mesh.Actors.Membership;
using Mesh.Node.Config;
using Mesh.Node.Hosting;

namespace Mesh.Node.Demo.Fleet;

/// <summary>A node of the fleet: started, killed and started again in this process, in its own directory and on its own ports.</summary>
/// <remarks>One caller at a time.</remarks>
internal sealed class FleetNode(FleetMember member, FleetPorts ports, MeshConfig config, NodeLog log, TimeProvider time)
{
    private NodeHost? _host;

    public FleetMember Member => member;

    public FleetPorts Ports => ports;

    /// <summary>As clients know it.</summary>
    public FleetDoor Door { get; } = new(new Uri($"http://127.0.0.1:{ports.Router}/"));

    public bool IsRunning => _host is not null;

    /// <summary>The cluster as this node sees it; null while it does not run.</summary>
    public ClusterState? View => _host?.Cluster?.State;

    /// <exception cref="IOException">It cannot listen, or cannot use its files.</exception>
    public async Task StartAsync() => _host = await NodeHost.StartAsync(config, log, time).ConfigureAwait(false);

    /// <summary>As <c>kill -9</c> would.</summary>
    public async Task KillAsync()
    {
        if (Interlocked.Exchange(ref _host, null) is { } host) await host.KillAsync().ConfigureAwait(false);
    }
}
