using Google.Protobuf;
using Mesh.Actors.Control;
using Mesh.Actors.Journals.Quorum.Group;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Quorum.Requests;

/// <summary>
/// Brings this node's commands and questions to whoever leads. What was refused is sent again until the time is over; a command that may have been
/// taken is never sent twice: it ends as unknown, and its caller reads back. But what does no harm twice is asked again, under its number, when a
/// message seems to be lost.
/// </summary>
internal sealed class QuorumClient(
    NodeServices services, QuorumSettings settings, GroupKeeper keeper, Action<QuorumRequest> takeHere, Func<string> whyNoLeader)
{
    private readonly SortedDictionary<long, Call> _calls = [];
    private long _numbers;
    private bool _closed;

    /// <summary>Who awaits an answer goes on in the control loop's turn, not on the pool: for worlds of one thread.</summary>
    public bool AnswersInline { get; set; }

    /// <summary>Asks the leader. Any thread.</summary>
    public async Task<ByteString> Ask(CallKind kind, ByteString body, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var done = new TaskCompletionSource<ByteString>(
            AnswersInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
        var call = new Call(kind, body, (answer, error) =>
        {
            if (answer is not null) done.TrySetResult(answer);
            else done.TrySetException(error!);
        });
        services.Loop.Post(() => Begin(call));
        using CancellationTokenRegistration registration = cancel.UnsafeRegister(
            _ => services.Loop.Post(() => End(call, null, new OperationCanceledException(cancel))), null);
        return await done.Task.ConfigureAwait(false);
    }

    /// <summary>Asks the leader. On the control loop, and answered there.</summary>
    public void Ask(CallKind kind, ByteString body, Action<ByteString?, Exception?> done) => Begin(new Call(kind, body, done));

    public void OnReply(UniqueAddress from, QuorumReply reply)
    {
        keeper.LearnLeader(reply.Leader, reply.Term);
        if (!_calls.TryGetValue(reply.Number, out Call? call) || call.SentTo != from) return;
        switch (reply.Outcome)
        {
            case QuorumOutcome.Done:
                End(call, reply.Body, null);
                break;
            case QuorumOutcome.Failed when call.WasRepeated && !call.IsRead:
                FailUnknown(call, reply.Detail);
                break;
            case QuorumOutcome.Failed:
                Fail(call, StorageFault.Unavailable, $"the quorum journal's leader could not do it: {reply.Detail}");
                break;
            case QuorumOutcome.Unknown when !call.IsRead:
                FailUnknown(call, "its leader lost the lead");
                break;
            case QuorumOutcome.NotLeader:
                if (reply.Leader is null) keeper.ForgetLeader(call.SentTerm);
                call.SentTo = null;
                if (keeper.Leader is { } known && known.Node == from && known.Term == call.SentTerm)
                    call.NotBefore = services.Loop.Now + settings.Tick;
                break;
            default:
                call.SentTo = null;
                call.NotBefore = services.Loop.Now + settings.Tick;
                break;
        }

        Route();
    }

    /// <summary>What is over is failed, what waits is sent, and what was sent to one who leads no more is given up or sent again.</summary>
    public void Tick()
    {
        foreach (Call call in _calls.Values.ToArray())
        {
            if (services.Loop.Now < call.Deadline)
            {
                RepeatIfSilent(call);
                continue;
            }

            if (call.MayBeTaken) FailUnknown(call, "no answer in time");
            else Fail(call, StorageFault.Unavailable, $"the quorum journal gave no answer in time: {whyNoLeader()}");
        }

        Route();
    }

    /// <summary>A process cannot answer any more.</summary>
    public void Lost(UniqueAddress node)
    {
        foreach (Call call in _calls.Values.ToArray())
        {
            if (call.SentTo != node) continue;
            if (call.IsRead) call.SentTo = null;
            else FailUnknown(call, "the connection to its leader broke");
        }
    }

    /// <summary>Another leads: what only the former could answer is not waited for.</summary>
    public void LeaderChanged()
    {
        if (keeper.Leader is not { } leader) return;
        foreach (Call call in _calls.Values.ToArray())
        {
            if (call.SentTo is null || call.SentTerm >= leader.Term) continue;
            if (call.IsRead) call.SentTo = null;
            else FailUnknown(call, "another leads now");
        }

        Route();
    }

    public void Close()
    {
        _closed = true;
        foreach (Call call in _calls.Values.ToArray())
        {
            if (call.MayBeTaken) FailUnknown(call, "this node ends");
            else Fail(call, StorageFault.Unavailable, "the quorum journal of this node is closed");
        }
    }

    /// <summary>Somebody waits for an answer.</summary>
    public bool IsBusy => _calls.Count > 0;

    /// <summary>Some calls wait for a leader to be known.</summary>
    public bool IsWaiting => _calls.Count > 0 && keeper.Leader is null;

    private void Begin(Call call)
    {
        if (_closed || _calls.Count >= settings.MaxRequests)
        {
            string why = _closed ? "it is closed" : $"{_calls.Count} calls of this node wait already";
            End(call, null, new StorageException(StorageFault.Unavailable, $"the quorum journal takes nothing now: {why}"));
            return;
        }

        call.Number = ++_numbers;
        call.Deadline = services.Loop.Now + settings.RequestTimeout;
        _calls.Add(call.Number, call);
        Route();
    }

    private void Route()
    {
        if (_calls.Count == 0 || keeper.Leader is not { } leader) return;
        foreach (Call call in _calls.Values.ToArray())
            if (call.SentTo is null && services.Loop.Now >= call.NotBefore)
                Send(call, leader.Node, leader.Term);
    }

    /// <summary>A word on the way was lost, or the leader is slow: a second one under the same number cannot hurt.</summary>
    private void RepeatIfSilent(Call call)
    {
        if (call.SentTo is null || call.Kind == CallKind.Write || services.Loop.Now < call.RepeatAt) return;
        services.Loop.Reached("quorum: a call that nobody answered was repeated");
        (call.SentTo, call.WasRepeated) = (null, true);
    }

    /// <summary>
    /// The lowest write that this node still waits for: what is below it was answered or given up, and must not be taken any more. Reads may come as
    /// late as they like, so one that waits keeps no write alive.
    /// </summary>
    private long Oldest(Call sent)
    {
        foreach (Call each in _calls.Values)
            if (!each.IsRead)
                return Math.Min(each.Number, sent.Number);
        return sent.Number;
    }

    private void Send(Call call, UniqueAddress to, long term)
    {
        var request = new QuorumRequest { Number = call.Number, Oldest = Oldest(call), Term = term, Read = call.IsRead, Body = call.Body };
        (call.SentTo, call.SentTerm) = (to, term);
        call.RepeatAt = services.Loop.Now + (call.IsRead ? settings.RepeatReadAfter : settings.RepeatWriteAfter);
        if (to == services.Messenger.Self) takeHere(request);
        else if (!services.Messenger.Send(to, request, QuorumLanes.OfRequest(request))) call.SentTo = null;
    }

    private void FailUnknown(Call call, string why) =>
        Fail(call, StorageFault.Unknown, $"whether the quorum journal took a write is not known: {why}; read back before going on");

    private void Fail(Call call, StorageFault fault, string text) =>
        End(call, null, new StorageException(fault, text));

    private void End(Call call, ByteString? answer, Exception? error)
    {
        _calls.Remove(call.Number);
        if (call.IsOver) return;
        call.IsOver = true;
        call.Done(answer, error);
    }

    private sealed class Call(CallKind kind, ByteString body, Action<ByteString?, Exception?> done)
    {
        public CallKind Kind { get; } = kind;

        public bool IsRead => Kind == CallKind.Read;

        public ByteString Body { get; } = body;

        public Action<ByteString?, Exception?> Done { get; } = done;

        public bool IsOver { get; set; }

        public long Number { get; set; }

        public TimeSpan Deadline { get; set; }

        public TimeSpan NotBefore { get; set; }

        public TimeSpan RepeatAt { get; set; }

        public bool WasRepeated { get; set; }

        /// <summary>Its command may be in some leader's log.</summary>
        public bool MayBeTaken => !IsRead && (SentTo is not null || WasRepeated);

        public UniqueAddress? SentTo { get; set; }

        public long SentTerm { get; set; }
    }
}
