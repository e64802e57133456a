namespace Mesh.Routing.Bindings;

/// <summary>
/// Requests that found nobody where a binding led them, and wait for one evaluation that begins after they asked. Like asking at the counter whether
/// the office has moved: one question for all who stand there, and none by who read the answer on the door.
/// </summary>
/// <remarks>Any thread asks; one evaluator at a time begins and ends.</remarks>
internal sealed class SecondLook
{
    private Waiting? _waiting;
    private object? _settled;

    /// <summary>Completes with the end of an evaluation that began after this call; at once when there was one for the same finding.</summary>
    /// <param name="finding">What made the request ask.</param>
    /// <param name="request">Asks for an evaluation.</param>
    public Task Ask(object finding, Action request)
    {
        if (ReferenceEquals(Volatile.Read(ref _settled), finding)) return Task.CompletedTask;
        Waiting mine = new(finding);
        Waiting? others = Interlocked.CompareExchange(ref _waiting, mine, null);
        if (others is null) request();
        return (others ?? mine).Task;
    }

    /// <summary>Whom the evaluation that begins now is for.</summary>
    public Waiting? Begin() => Interlocked.Exchange(ref _waiting, null);

    public void End(Waiting? waiting)
    {
        if (waiting is null) return;
        Volatile.Write(ref _settled, waiting.Finding);
        waiting.SetResult();
    }

    /// <summary>Those that wait for one evaluation.</summary>
    /// <param name="finding">Of the first of them.</param>
    public sealed class Waiting(object finding) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public object Finding => finding;
    }
}
