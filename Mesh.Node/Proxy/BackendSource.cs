using Mesh.Discovery.Names;
using Mesh.Routing.Bindings;
using Mesh.Routing.Destinations;
using Mesh.Routing.Telemetry;

namespace Mesh.Node.Proxy;

/// <summary>Gives bindings their backends: a destination of the router's table with its series. Holds count in the table.</summary>
internal sealed class BackendSource(DestinationTable destinations, RouterMetrics metrics) : IDestinationSource<Backend>
{
    public Backend Acquire(BoundName name)
    {
        Destination destination = destinations.Acquire(name);
        return new Backend(destination, metrics.ForDestination(destination.Id.ToString()));
    }

    public void Release(Backend destination)
    {
        destination.Metrics.Dispose();
        destinations.Release(destination.Destination);
    }
}
