using Mesh.Actors;
using Mesh.Actors.Supervision;

namespace Mesh.Routing.Destinations;

/// <summary>The parent of a table's destination actors: starts, supervises and stops them.</summary>
/// <remarks>A child that gave up is started anew: a destination in use is never without an actor for longer than the restart back-off.</remarks>
internal sealed class DestinationsActor : ReceiveActor
{
    private readonly Dictionary<Destination, IActorRef> _running = [];
    private readonly DestinationTable _table;
    private readonly TimeProvider _clock;

    public DestinationsActor(DestinationTable table, TimeProvider clock)
    {
        _table = table;
        _clock = clock;
        Receive<Reconcile>(_ => OnReconcile());
        Receive<Terminated>(OnTerminated);
    }

    /// <summary>Whatever broke a child, it is tried again; the last snapshot serves meanwhile.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Restart)
    {
        Backoff = new RestartBackoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30)),
    };

    /// <summary>After a restart of its own, the table knows who should run; its children ended with the one before.</summary>
    protected override void PreStart()
    {
        foreach (Destination destination in _table.All()) Start(destination);
        OnReconcile();
    }

    /// <summary>Arrivals first: one that left meanwhile is closed and does not start; its departure is here too, or comes with a word.</summary>
    private void OnReconcile()
    {
        _table.BeginReconcile();
        while (_table.TryTakeArrival(out Destination? arrival)) Start(arrival!);
        while (_table.TryTakeDeparture(out Destination? departure)) Stop(departure!);
    }

    private void Start(Destination destination)
    {
        if (_running.ContainsKey(destination) || destination.IsClosed) return;
        IActorRef actor = Context.ActorOf(Props.Create(() => new DestinationActor(destination, _clock)));
        _running.Add(destination, Context.Watch(actor));
    }

    private void Stop(Destination destination)
    {
        if (_running.TryGetValue(destination, out IActorRef? actor)) Context.Stop(actor);
        else destination.Close(_clock.Nanoseconds());
    }

    private void OnTerminated(Terminated message)
    {
        foreach ((Destination destination, IActorRef actor) in _running)
        {
            if (!actor.Equals(message.ActorRef)) continue;
            _running.Remove(destination);
            if (destination.IsClosed) destination.Close(_clock.Nanoseconds());
            else Start(destination);
            return;
        }
    }
}
