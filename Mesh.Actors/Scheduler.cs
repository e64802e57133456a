using Mesh.Actors.Cells;

namespace Mesh.Actors;

/// <summary>Sends messages later, on the system's clock. Inside an actor use <see cref="IActorContext.Timers"/>, which end with it.</summary>
public sealed class Scheduler(TimeProvider time)
{
    /// <summary>Tells once. Disposing the timer cancels; a message already told stays told.</summary>
    public ITimer ScheduleTellOnce(TimeSpan delay, IActorRef receiver, object message, IActorRef? sender = null) =>
        time.CreateTimer(_ => receiver.Tell(message, sender), null, delay, Timeout.InfiniteTimeSpan);

    /// <summary>Tells again and again until the timer is disposed.</summary>
    public ITimer ScheduleTellRepeatedly(TimeSpan delay, TimeSpan interval, IActorRef receiver, object message, IActorRef? sender = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        return time.CreateTimer(_ => receiver.Tell(message, sender), null, delay, interval);
    }

    // The timer keeps itself alive until it fires: its own state holds it.
    internal void SendSystemLater(TimeSpan delay, IInternalActorRef receiver, SystemMessage message)
    {
        var holder = new Holder();
        holder.Timer = time.CreateTimer(
            state =>
            {
                ((Holder)state!).Timer?.Dispose();
                receiver.SendSystem(message);
            },
            holder, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        holder.Timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private sealed class Holder
    {
        public ITimer? Timer { get; set; }
    }
}
