using Mesh.Wire.Loops;

namespace Mesh.Wire.Pools;

/// <summary>
/// Who stands in a pool's queue for a place: a request for a connection of its own, or a loop whose requests share their connections.
/// </summary>
internal interface IPlaceWaiter
{
    EventLoop Loop { get; }

    /// <summary>Taken from the queue or given up; under the pool's lock.</summary>
    bool IsServed { get; set; }

    /// <summary>From any loop: a place is its own now.</summary>
    void GivePlace();
}
