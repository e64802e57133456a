namespace Mesh.Routing.Destinations;

/// <summary>
/// What a node hangs on an endpoint, such as its connection pool. Made when the endpoint joins, disposed once: after it left and its last
/// request is over, or when a change of options replaces it, requests being out. Disposal must break nothing that was taken from it.
/// </summary>
public interface IEndpointResource : IDisposable;

/// <summary>Makes the resource of an endpoint. Called on the actor's thread; must be quick and open no connection.</summary>
public delegate IEndpointResource EndpointResourceFactory(EndpointKey endpoint);
