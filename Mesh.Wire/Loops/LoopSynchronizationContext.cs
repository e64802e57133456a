namespace Mesh.Wire.Loops;

/// <summary>
/// Brings a flow back to its loop after it awaited something foreign (a task of the thread pool, of an actor, of a library).
/// <see cref="LoopSource{T}"/> does not pass here.
/// </summary>
internal sealed class LoopSynchronizationContext(EventLoop loop) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => loop.Post(static (callback, s) => ((SendOrPostCallback)callback!)(s), d, state);

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("a loop is never waited for: blocking one stalls every connection on it");

    public override SynchronizationContext CreateCopy() => this;
}
