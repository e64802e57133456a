using Mesh.Actors.Cells;

namespace Mesh.Actors.Dispatch;

/// <summary>
/// What waits for one actor, and whose turn it is. Two lanes: system messages always go first, user messages are bounded. Whoever adds to an
/// idle mailbox schedules it; a turn ends after <see cref="Dispatcher.Throughput"/> messages or <see cref="Dispatcher.Quantum"/>.
/// </summary>
/// <remarks>
/// Hot path: no allocation per Tell to a running actor; the mailbox is its own work item. Resting has two kinds: <c>Idle</c> is woken by any
/// message, <c>Paused</c> (suspended or awaiting) by system messages only, so a flood at a suspended actor costs no empty turns. Since pausing
/// changes only inside a turn and the end of a turn looks at both lanes after giving the turn up, no message is left lying. A producer hears
/// from the user lane, under the lock that it takes anyway, whether somebody has to be woken: a busy mailbox costs it no look at the state.
/// </remarks>
internal sealed class Mailbox(ActorCell cell, MailboxOptions options, Dispatcher dispatcher) : IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Scheduled = 1;
    private const int Paused = 2;

    /// <summary>Messages between two looks at the clock, at most.</summary>
    private const int MostUnlooked = 16;

    private const long NotYet = long.MinValue;

    private readonly UserLane _user = new(options);
    private readonly SystemLane _system = new();
    private Queue<Envelope>? _returned;
    private int _state;
    private int _pauses;
    private int _poisoned;

    /// <summary>Messages to the next look at the clock: grows while turns are quick, and is kept from turn to turn.</summary>
    private int _stride = 1;
    private bool _closed;
    private long _dropped;

    /// <summary>User messages waiting, those that came back from a stash not counted.</summary>
    public int Count => _user.Count;

    /// <summary>User messages lost to the overflow policy so far.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Adds a user message; a message that cannot be taken becomes a dead letter.</summary>
    public void Post(object message, IActorRef? sender)
    {
        bool exempt = false;
        if (message is PoisonPill)
        {
            // Behind the first pill everything is dead anyway, so a second need not wait there.
            if (Interlocked.Exchange(ref _poisoned, 1) == 1) return;
            exempt = true;
        }

        Post(new Envelope(message, sender, exempt));
    }

    /// <summary>Adds a message of the kernel to the user lane, outside of its bound.</summary>
    public void PostExempt(object message, IActorRef? sender) => Post(new Envelope(message, sender, Exempt: true));

    /// <summary>Adds a system message; false when the actor is dead.</summary>
    public bool PostSystem(SystemMessage message)
    {
        if (!_system.TryPush(message)) return false;
        WakeForSystem();
        return true;
    }

    /// <summary>Holds user messages back; calls count. Only inside the turn.</summary>
    public void Pause() => _pauses++;

    /// <summary>Takes one <see cref="Pause"/> back. Only inside the turn.</summary>
    public void Unpause() => _pauses = Math.Max(0, _pauses - 1);

    /// <summary>Takes messages back that were put aside; they go before all that waits. Only inside the turn.</summary>
    public void Return(IEnumerable<Envelope> aside)
    {
        if (_returned is { Count: > 0 } before) _returned = new Queue<Envelope>([.. aside, .. before]);
        else _returned = new Queue<Envelope>(aside);
    }

    /// <summary>Ends the mailbox: what waits and what comes goes to the dead. Only inside the turn.</summary>
    public void Close()
    {
        _closed = true;
        _user.Close();
        for (SystemMessage? message = _system.Close(); message is not null;)
        {
            SystemMessage? next = message.Next;
            cell.ReceiveDead(message);
            message = next;
        }

        while (TryTake(out Envelope envelope)) cell.ReceiveDead(envelope);
    }

    /// <summary>One turn.</summary>
    public void Execute()
    {
        ActorCell? outer = ActorCell.Current;
        ActorCell.Current = cell;
        try
        {
            HandleSystem();
            HandleUser();
        }
        finally
        {
            ActorCell.Current = outer;
            EndTurn();
        }
    }

    private void HandleUser()
    {
        TimeProvider time = cell.System.Time;
        long started = _user.Count > 1 ? time.GetTimestamp() : NotYet;
        int next = _stride, most = dispatcher.Throughput;
        for (int done = 1; done <= most && !_closed && _pauses == 0 && TryTake(out Envelope envelope); done++)
        {
            cell.Invoke(envelope);
            HandleSystem();

            // A look at the clock costs as much as a small message: none for one alone, and ever fewer while they stay small.
            if (done < next || _user.Count == 0) continue;
            if (started == NotYet) started = time.GetTimestamp();
            else if (IsOver(time.GetElapsedTime(started).Ticks)) return;
            next = done + _stride;
        }
    }

    private bool IsOver(long turnTicks)
    {
        long quantum = dispatcher.Quantum.Ticks;
        _stride = turnTicks * MostUnlooked < quantum ? Math.Min(_stride * 2, MostUnlooked) : 1;
        return turnTicks >= quantum;
    }

    private void HandleSystem()
    {
        while (_system.TakeAll() is { } message)
        {
            for (SystemMessage? current = message; current is not null;)
            {
                SystemMessage? next = current.Next;
                current.Next = null;
                if (_closed) cell.ReceiveDead(current);
                else cell.InvokeSystem(current);
                current = next;
            }
        }
    }

    private bool TryTake(out Envelope envelope) => _returned?.TryDequeue(out envelope) == true || _user.TryTake(out envelope);

    private void EndTurn()
    {
        // Looked at while the turn is still ours: what came back from the stash belongs to the turn alone.
        bool paused = _pauses > 0;
        if (!paused && (_returned is { Count: > 0 } || _user.Count > 0))
        {
            // Nobody else schedules while the state says scheduled, so it need not change hands.
            dispatcher.Schedule(this);
            return;
        }

        Interlocked.Exchange(ref _state, paused ? Paused : Idle);
        if (!_system.IsEmpty) WakeForSystem();
        else if (!paused && !_user.TrySleep()) WakeForUser();
    }

    private void Post(in Envelope envelope)
    {
        switch (_user.Offer(envelope, out Envelope displaced))
        {
            case Offer.Taken:
                break;
            case Offer.TakenByASleeper:
                WakeForUser();
                break;
            case Offer.TakenForOldest:
                Interlocked.Increment(ref _dropped);
                cell.Overflow(displaced, reject: false);
                break;
            case Offer.Full:
                Interlocked.Increment(ref _dropped);
                cell.Overflow(envelope, reject: options.Overflow == OverflowPolicy.Reject);
                break;
            default:
                cell.ReceiveDead(envelope);
                break;
        }
    }

    private void WakeForUser()
    {
        if (Interlocked.CompareExchange(ref _state, Scheduled, Idle) == Idle) dispatcher.Schedule(this);
    }

    private void WakeForSystem()
    {
        int state = Volatile.Read(ref _state);
        while (state != Scheduled)
        {
            int seen = Interlocked.CompareExchange(ref _state, Scheduled, state);
            if (seen == state)
            {
                dispatcher.Schedule(this);
                return;
            }

            state = seen;
        }
    }
}
