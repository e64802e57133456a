using Mesh.Actors;

namespace Mesh.Routing.Destinations;

/// <summary>
/// Decides for one bound destination: listens to its addresses, keeps the endpoint set, publishes snapshots, knows what happened lately.
/// Requests never wait for it. All that must survive its crash lives in the <see cref="Destination"/>; the last snapshot serves meanwhile.
/// </summary>
internal sealed class DestinationActor : ReceiveActor
{
    /// <summary>Transitions kept for whoever asks; older ones are in metrics and logs.</summary>
    internal const int MaximumRecent = 64;

    /// <summary>A look this often, should word of a change be lost to a full mailbox; also forgets old leavers.</summary>
    internal static readonly TimeSpan RereadInterval = TimeSpan.FromSeconds(30);

    private readonly Queue<EndpointTransition> _recent = new();
    private readonly Destination _destination;
    private readonly TimeProvider _clock;
    private IDisposable? _subscription;

    public DestinationActor(Destination destination, TimeProvider clock)
    {
        _destination = destination;
        _clock = clock;
        Receive<Look>(_ => OnLook());
        Receive<EndpointTransition>(OnTransition);
        Receive<GetDestinationStatus>(_ => Sender.Tell(Status()));
    }

    protected override void PreStart()
    {
        _destination.Actor = Self;
        Context.Timers.StartPeriodicTimer(nameof(Look), Look.Instance, RereadInterval);
        Subscribe();
        _destination.BeginLook();
        _destination.Nudge();
    }

    protected override void PostStop() => _subscription?.Dispose();

    private void Subscribe()
    {
        _subscription?.Dispose();
        _subscription = _destination.Name.Addresses.OnChange(_destination.Nudge);
    }

    /// <summary>Subscribes first and reads second: then no change is missed. A look that fails is a message that fails: a restart.</summary>
    private void OnLook()
    {
        _destination.BeginLook();
        if (_destination.TryRename()) Subscribe();
        long nowNs = _clock.Nanoseconds();
        _destination.Reconfigure(nowNs);
        _destination.Refresh(nowNs);
    }

    private void OnTransition(EndpointTransition transition)
    {
        if (_recent.Count == MaximumRecent) _recent.Dequeue();
        _recent.Enqueue(transition);
        Context.System.EventStream.Publish(transition);
    }

    private DestinationStatus Status() => _destination.Status(_clock.Nanoseconds()) with { Recent = [.. _recent] };
}
