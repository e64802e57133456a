using Mesh.Actors;
using Mesh.Routing.Destinations;

namespace Mesh.Node.Admin;

/// <summary>How a destination stands by its actor's word; one that does not answer in time is told from the snapshot that requests go by.</summary>
internal static class DestinationQuestion
{
    /// <summary>How long an actor may take; all are asked at once.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>The status, and whether the actor gave it: else it has no history.</summary>
    public static async Task<(DestinationStatus Status, bool FromActor)> AskAsync(Destination destination, long nowNs, CancellationToken cancel)
    {
        try
        {
            if (destination.Actor is { } actor)
                return (await actor.Ask<DestinationStatus>(GetDestinationStatus.Instance, Patience, cancel).ConfigureAwait(false), true);
        }
        catch (AskTimeoutException)
        {
            // Stopped just now, or busy: the snapshot tells what requests see.
        }

        return (destination.Status(nowNs), false);
    }
}
