using System.Diagnostics.CodeAnalysis;
using Mesh.Actors.Dispatch;
using Mesh.Actors.Events;

namespace Mesh.Actors.Cells;

/// <summary>
/// What stays of an actor while instances come and go: mailbox, children, watches, timers. It hands messages to the instance and leaves
/// birth, failure and death to <see cref="Cells.Lifecycle"/>.
/// </summary>
/// <remarks>Everything runs in the actor's turn, one thread at a time, except ReceiveDead, Overflow and the counters.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "The token source has no timer and no wait handle, so there is nothing to dispose of.")]
internal sealed class ActorCell : IActorContext
{
    [ThreadStatic]
    private static ActorCell? s_current;

    [ThreadStatic]
    private static ActorCell? s_constructing;

    private Envelope _envelope;
    private ActorTimers? _timers;
    private IdleTimer? _idle;
    private AsyncTurn? _async;
    private ActorStash? _stash;
    private CancellationTokenSource? _stopping;

    public ActorCell(ActorSystem system, Props props, ActorPath path, IInternalActorRef parent)
    {
        System = system;
        Props = props;
        Parent = parent;
        Self = new LocalActorRef(this, path);
        Children = new Children(this);
        Watches = new DeathWatch(this);
        Supervisor = new Supervisor(this);
        Lifecycle = new Lifecycle(this);
        Mailbox = new Mailbox(this, props.Mailbox ?? system.Options.DefaultMailbox, props.Dispatcher ?? system.Dispatcher);
    }

    /// <summary>The cell whose turn this thread runs.</summary>
    public static ActorCell? Current { get => s_current; set => s_current = value; }

    /// <summary>The cell whose actor this thread constructs.</summary>
    public static ActorCell? Constructing { get => s_constructing; set => s_constructing = value; }

    public ActorSystem System { get; }

    public Props Props { get; }

    public LocalActorRef Self { get; }

    public IInternalActorRef Parent { get; }

    public Mailbox Mailbox { get; }

    public Children Children { get; }

    public DeathWatch Watches { get; }

    public Supervisor Supervisor { get; }

    public Lifecycle Lifecycle { get; }

    public AsyncTurn Async => _async ??= new AsyncTurn(this);

    public ActorStash Stash => _stash ??= new ActorStash(this);

    /// <summary>Null before the first and between two instances, and after the last.</summary>
    public ActorBase? Actor { get; set; }

    public IActorRef? SenderOrNull => _envelope.Sender;

    public IActorRef Sender => _envelope.Sender ?? System.DeadLetters;

    public object? CurrentMessage => _envelope.Message;

    public Envelope CurrentEnvelope => _envelope;

    public string CurrentMessageName => _envelope.Message?.GetType().Name ?? "no message";

    public CancellationToken Stopping =>
        _stopping is null && IsStopAsked ? new CancellationToken(canceled: true) : (_stopping ??= new CancellationTokenSource()).Token;

    public ITimers Timers => _timers ??= new ActorTimers(this);

    public bool IsStopAsked { get; private set; }

    IActorRef IActorContext.Self => Self;

    IActorRef IActorContext.Parent => Parent;

    IReadOnlyList<IActorRef> IActorContext.Children => Array.ConvertAll(Children.All, static child => (IActorRef)child.Ref);

    public IActorRef ActorOf(Props props, string? name = null)
    {
        AssertTurn();
        return Children.Start(props, name);
    }

    public IActorRef? Child(string name) => Children.Find(name)?.Ref;

    public IActorRef Watch(IActorRef other)
    {
        AssertTurn();
        Watches.Watch(Internal(other));
        return other;
    }

    public IActorRef Unwatch(IActorRef other)
    {
        AssertTurn();
        Watches.Unwatch(Internal(other));
        return other;
    }

    public void Stop(IActorRef other)
    {
        AssertTurn();
        Children.Stop(other);
        Internal(other).SendSystem(new TerminateMessage());
    }

    public void SetReceiveTimeout(TimeSpan? timeout)
    {
        AssertTurn();
        (_idle ??= new IdleTimer(this)).Set(timeout);
    }

    /// <summary>Hands one user message to the instance; its failure goes to the supervisor.</summary>
    public void Invoke(in Envelope envelope)
    {
        Envelope.Move(envelope, ref _envelope);
        try
        {
            if (envelope.Exempt) DeliverKernelMessage(envelope.Message);
            else if (envelope.Message is Kill) throw new ActorKilledException($"{Self.Path} was killed");
            else Deliver(envelope.Message);
        }
        catch (Exception e)
        {
            Lifecycle.Fail(e, CurrentMessageName);
        }

        if (_async is not { Waiting: true }) EndMessage();
    }

    /// <summary>Does one system message; what it throws is a failure of this actor.</summary>
    public void InvokeSystem(SystemMessage message)
    {
        if (Lifecycle.IsStopped)
        {
            ReceiveDead(message);
            return;
        }

        if (_async?.TryHold(message) == true) return;
        try
        {
            Do(message);
        }
        catch (Exception e)
        {
            Lifecycle.Fail(e, DescribeFailed(message));
        }
    }

    /// <summary>A user message that came too late.</summary>
    public void ReceiveDead(in Envelope envelope)
    {
        if (envelope.Exempt) return;
        System.DeadLetterOffice.Accept(new DeadLetter(envelope.Message, envelope.Sender, Self, DeadLetterReason.Stopped));
    }

    /// <summary>A system message that came too late: who watches the dead gets the obituary, who awaited goes on without a turn.</summary>
    public void ReceiveDead(SystemMessage message)
    {
        if (message is WatchMessage watch) watch.Watcher.SendSystem(new DiedMessage(Self));
        else if (message is ContinuationMessage late) ThreadPool.UnsafeQueueUserWorkItem(static state => state.Run(), late, preferLocal: false);
    }

    /// <summary>A user message that the mailbox's bound cost.</summary>
    public void Overflow(in Envelope envelope, bool reject)
    {
        System.DeadLetterOffice.Accept(new DeadLetter(envelope.Message, envelope.Sender, Self, DeadLetterReason.MailboxFull));
        if (reject) envelope.Sender?.Tell(new Status.Failure(new MailboxFullException($"the mailbox of {Self.Path} is full")), null);
    }

    /// <summary>Ends everything that belongs to an instance rather than to the place.</summary>
    public void ForgetInstance()
    {
        _timers?.CancelAll();
        _idle?.Dispose();
    }

    public void EndMessage()
    {
        // A tick that found the actor not idle long enough is no sign of life.
        if (_idle is { } idle && !idle.IsTick(_envelope.Message)) idle.Touch();
        _envelope = default;
        _stash?.EndMessage();
    }

    /// <summary>A new instance starts with what the old one had put aside, before all that waits.</summary>
    public void ReturnStash() => _stash?.UnstashAll();

    /// <summary>What was put aside goes to the dead letters.</summary>
    public void CloseStash() => _stash?.Close();

    /// <summary>Tells the awaiting handler that a stop waits for it.</summary>
    public void CancelStopping()
    {
        IsStopAsked = true;
        try
        {
            _stopping?.Cancel();
        }
        catch (AggregateException e)
        {
            Log(LogLevel.Error, "a callback of Context.Stopping failed", e);
        }
    }

    /// <summary>Catches the use of a context from a task or another actor, which would race with the turn.</summary>
    public void AssertTurn()
    {
        if (s_current != this && s_constructing != this)
            throw new InvalidOperationException($"the context of {Self.Path} was used outside of the actor's turn");
    }

    public void Log(LogLevel level, string message, Exception? cause = null) => System.Log(new LogEvent(level, Self.Path.ToString(), message, cause));

    private static IInternalActorRef Internal(IActorRef other) =>
        other as IInternalActorRef ?? throw new ArgumentException($"{other.Path} is no ref of an actor system", nameof(other));

    private string DescribeFailed(SystemMessage message) => message switch
    {
        CreateMessage => "PreStart",
        ContinuationMessage => CurrentMessageName,
        FailedMessage => "its supervisor strategy",
        _ => message.GetType().Name,
    };

    private void Do(SystemMessage message)
    {
        switch (message)
        {
            case CreateMessage: Lifecycle.Create(); break;
            case SuspendMessage: Lifecycle.Suspend(); break;
            case ResumeMessage resume: Lifecycle.Resume(resume.Cause); break;
            case RecreateMessage recreate: Lifecycle.Recreate(recreate.Cause); break;
            case TerminateMessage: Lifecycle.Terminate(); break;
            case WatchMessage watch: Watches.AddWatcher(watch.Watcher); break;
            case UnwatchMessage unwatch: Watches.RemoveWatcher(unwatch.Watcher); break;
            case FailedMessage failed: Supervisor.OnFailed(failed); break;
            case RestartChildrenMessage restart: Supervisor.Restart(restart.Children, restart.Cause); break;
            case ContinuationMessage continuation: Async.Run(continuation); break;
            case AwaitDoneMessage: Async.Complete(); break;
            case DiedMessage died:
                bool child = Children.Remove(died.Actor);
                Watches.OnDied(died.Actor);
                if (child) Lifecycle.OnChildGone();
                break;
        }
    }

    private void DeliverKernelMessage(object message)
    {
        switch (message)
        {
            case PoisonPill: Self.SendSystem(new TerminateMessage()); break;
            case Terminated dead when Watches.TryDeliver(dead.ActorRef): Deliver(dead); break;
            case ActorTimer tick when _timers?.TryAccept(tick) == true: Deliver(tick.Message); break;
            case not null when _idle?.IsTick(message) == true:
                if (_idle.TryAccept()) Deliver(ReceiveTimeout.Instance);
                break;
        }
    }

    private void Deliver(object message)
    {
        if (!ReferenceEquals(_envelope.Message, message)) _envelope = _envelope with { Message = message };
        if (Actor is null || Actor.Deliver(message)) return;
        if (message is Terminated dead) throw new DeathPactException(dead.ActorRef);
        System.DeadLetterOffice.Accept(new UnhandledMessage(message, _envelope.Sender, Self));
    }
}
