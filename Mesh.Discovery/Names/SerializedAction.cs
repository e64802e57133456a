namespace Mesh.Discovery.Names;

/// <summary>
/// A piece of work that is asked for from anywhere and runs on the thread pool, never twice at a time: requests that come during a run
/// become one more run. The way to answer "something changed" without locks and without a queue that could grow.
/// </summary>
/// <remarks><paramref name="work"/> must catch what it expects; what escapes is a bug and ends the process.</remarks>
public sealed class SerializedAction(Action work)
{
    private const int Idle = 0;
    private const int Running = 1;
    private const int RunningAndAsked = 2;

    private int _state;

    /// <summary>Asks for a run that starts after this call. Never blocks, never runs <c>work</c> on the caller.</summary>
    public void Request()
    {
        while (true)
        {
            int seen = Volatile.Read(ref _state);
            if (seen == RunningAndAsked) return;
            if (Interlocked.CompareExchange(ref _state, seen + 1, seen) != seen) continue;
            if (seen == Idle) ThreadPool.UnsafeQueueUserWorkItem(static self => self.Run(), this, preferLocal: false);
            return;
        }
    }

    /// <summary>Runs on the caller's thread if nobody is at it; else asks who is for one more run.</summary>
    public void RunNow()
    {
        if (Interlocked.CompareExchange(ref _state, Running, Idle) == Idle) Run();
        else Request();
    }

    private void Run()
    {
        work();
        // Asked meanwhile: run once more from the pool's queue, so that a storm of changes cannot keep a thread for itself.
        if (Interlocked.CompareExchange(ref _state, Idle, Running) == Running) return;
        Volatile.Write(ref _state, Running);
        ThreadPool.UnsafeQueueUserWorkItem(static self => self.Run(), this, preferLocal: false);
    }
}
