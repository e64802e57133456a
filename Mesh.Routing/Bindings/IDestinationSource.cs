using Mesh.Discovery.Names;

namespace Mesh.Routing.Bindings;

/// <summary>Where bindings get the object behind a bound name: the destination with its balancer, shared by all bindings that lead there.</summary>
/// <remarks>
/// Any thread, must not throw. Acquire and release come in pairs and count references. A request may still stand between its read of a
/// snapshot and its lease when the snapshot's destination is released: a released destination must linger for that, or refuse the lease so
/// that the request reads the snapshot again. A bound name of a known id may come as a new object: its addresses are the live ones.
/// </remarks>
public interface IDestinationSource<TDestination>
    where TDestination : class
{
    TDestination Acquire(BoundName name);

    void Release(TDestination destination);
}
