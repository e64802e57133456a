namespace Mesh.Actors;

/// <summary>
/// Messages that an actor sends itself later. A key has one timer; starting it again replaces it. A cancelled or replaced timer's message
/// is not delivered, even if it was already in the mailbox. All end with the actor instance (stop and restart).
/// </summary>
/// <remarks>
/// At most one tick of a timer waits in the mailbox: a slow actor skips ticks rather than piling them up. Limit: 4096 timers an actor.
/// </remarks>
public interface ITimers
{
    void StartSingleTimer(object key, object message, TimeSpan delay);

    void StartPeriodicTimer(object key, object message, TimeSpan interval);

    void StartPeriodicTimer(object key, object message, TimeSpan initialDelay, TimeSpan interval);

    bool IsTimerActive(object key);

    void Cancel(object key);

    void CancelAll();
}
