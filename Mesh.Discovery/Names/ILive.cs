namespace Mesh.Discovery.Names;

/// <summary>A value that changes: the newest is always readable, changes are told.</summary>
public interface ILive<out T>
{
    /// <summary>The newest value. Any thread, never blocks.</summary>
    T Current { get; }

    /// <summary>
    /// Calls <paramref name="changed"/> after each change until disposed. The call carries nothing (read <see cref="Current"/>), may come on
    /// any thread, never under a lock, may stand for several changes, and one call may still arrive just after disposal. It must be quick and
    /// must not throw. Subscribe first, read second: then no change is missed.
    /// </summary>
    IDisposable OnChange(Action changed);
}
