using System.Threading.Tasks.Sources;

namespace Mesh.Wire.Loops;

/// <summary>
/// A promise that lives as long as its connection: awaited again and again, completed by the loop, its continuation run at once on the
/// loop's own thread. The framework's ManualResetValueTaskSourceCore would post the continuation through the synchronization context
/// and order memory for threads that do not exist here.
/// </summary>
/// <remarks>Hot path: no allocation. One waiter at a time, all calls on the owning loop.</remarks>
public sealed class LoopSource<T> : IValueTaskSource<T>
{
    private Action<object?>? _continuation;
    private object? _state;
    private T _result = default!;
    private short _version;
    private bool _completed;

    /// <summary>True between <see cref="Arm"/> and <see cref="Complete"/>.</summary>
    public bool IsArmed { get; private set; }

    /// <summary>Starts a new wait. The former one must be over.</summary>
    public ValueTask<T> Arm()
    {
        System.Diagnostics.Debug.Assert(!IsArmed, "one waiter at a time");
        _version++;
        _completed = false;
        _continuation = null;
        IsArmed = true;
        return new ValueTask<T>(this, _version);
    }

    /// <summary>Ends the wait and runs the waiter before it returns. False, and no effect, when nobody waits.</summary>
    public bool Complete(T result)
    {
        if (!IsArmed) return false;
        IsArmed = false;
        _result = result;
        _completed = true;
        Action<object?>? continuation = _continuation;
        if (continuation is null) return true;
        _continuation = null;
        object? state = _state;
        _state = null;
        continuation(state);
        return true;
    }

    T IValueTaskSource<T>.GetResult(short token)
    {
        if (token != _version || !_completed) throw new InvalidOperationException("a loop source was awaited twice, or before it completed");
        // Taken, not kept: an idle connection must not hold the buffer of its last piece.
        T result = _result;
        _result = default!;
        return result;
    }

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) =>
        token == _version && _completed ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        if (_completed)
        {
            continuation(state);
            return;
        }

        _state = state;
        _continuation = continuation;
    }
}
