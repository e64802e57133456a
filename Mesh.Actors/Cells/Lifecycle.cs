using Mesh.Actors.Events;

namespace Mesh.Actors.Cells;

/// <summary>
/// Birth, failure, restart and death of one actor, in Akka's order. A failed actor holds its user messages and its children's back, tells its
/// parent, and waits: resume, restart and stop come from there. Restart and death wait for the children being stopped.
/// </summary>
internal sealed class Lifecycle(ActorCell cell)
{
    private enum Stage
    {
        Running,
        Recreating,
        Terminating,
        Stopped,
    }

    private Stage _stage;
    private bool _failed;
    private object? _failedMessage;
    private Exception? _recreateCause;

    // The one whose failure this actor's failure is: itself, or the child it escalated.
    private IActorRef? _perpetrator;
    private List<IActorRef>? _laterPerpetrators;
    private int _restarts;

    public bool IsStopped => _stage == Stage.Stopped;

    /// <summary>Any thread.</summary>
    public int Restarts => Volatile.Read(ref _restarts);

    /// <summary>Makes the first instance.</summary>
    public void Create()
    {
        try
        {
            cell.Actor = NewInstance();
            cell.Actor.OnPreStart();
        }
        catch (Exception e)
        {
            cell.Actor = null;
            cell.ForgetInstance();
            throw new ActorInitializationException($"{cell.Self.Path} could not start: {e.Message}", e);
        }
    }

    /// <summary>The actor threw (or escalates a child's failure): suspend, tell the parent, wait.</summary>
    public void Fail(Exception cause, string during, IActorRef? child = null)
    {
        if (_stage is Stage.Terminating or Stage.Stopped)
        {
            cell.Log(LogLevel.Error, $"failed in {during} while stopping", cause);
            return;
        }

        if (_failed)
        {
            if (child is not null) (_laterPerpetrators ??= []).Add(child);
            return;
        }

        _failed = true;
        _failedMessage = cell.CurrentMessage;
        _perpetrator = child ?? cell.Self;
        cell.Mailbox.Pause();
        foreach (ChildRecord other in cell.Children.All)
        {
            if (!ReferenceEquals(other.Ref, child)) other.Ref.SendSystem(new SuspendMessage());
        }

        cell.Parent.SendSystem(new FailedMessage(cell.Self, cause, during));
    }

    public void Suspend()
    {
        cell.Mailbox.Pause();
        foreach (ChildRecord child in cell.Children.All) child.Ref.SendSystem(new SuspendMessage());
    }

    public void Resume(Exception? cause)
    {
        if (_stage is Stage.Terminating or Stage.Stopped) return;
        if (_stage == Stage.Running && cell.Actor is null && cause is not null)
        {
            Recreate(cause);
            return;
        }

        IActorRef? perpetrator = _perpetrator;
        List<IActorRef> later = _laterPerpetrators ?? [];
        cell.Mailbox.Unpause();
        if (cause is not null) ClearFailure();
        foreach (ChildRecord child in cell.Children.All)
        {
            child.Ref.SendSystem(new ResumeMessage(ReferenceEquals(child.Ref, perpetrator) ? cause : null));

            // One that escalated after this actor had failed was suspended twice: by its own failure and by its parent's.
            if (cause is not null && later.Contains(child.Ref)) child.Ref.SendSystem(new ResumeMessage(cause));
        }
    }

    public void Recreate(Exception cause)
    {
        if (_stage == Stage.Recreating) Resume(null); // Already on its way; only the count of suspensions must stay even.
        if (_stage != Stage.Running) return;
        _recreateCause = cause;
        if (cell.Actor is { } failed)
        {
            try
            {
                failed.OnPreRestart(cause, _failedMessage);
            }
            catch (Exception e)
            {
                cell.Log(LogLevel.Error, "failed in PreRestart", e);
            }
        }
        else
        {
            foreach (ChildRecord child in cell.Children.All) cell.Stop(child.Ref);
        }

        cell.Actor = null;
        cell.ReturnStash();
        cell.ForgetInstance();
        _stage = Stage.Recreating;
        if (!cell.Children.AnyStopping) FinishRecreate();
    }

    public void Terminate()
    {
        if (_stage is Stage.Terminating or Stage.Stopped) return;
        _stage = Stage.Terminating;
        cell.Mailbox.Pause();
        cell.CancelStopping();
        cell.ForgetInstance();
        if (cell.Children.StopAllForGood()) FinishTerminate();
    }

    /// <summary>A child has died: perhaps the last one that a restart or the end waited for.</summary>
    public void OnChildGone()
    {
        if (_stage == Stage.Running || cell.Children.AnyStopping) return;
        if (_stage == Stage.Recreating) FinishRecreate();
        else if (_stage == Stage.Terminating) FinishTerminate();
    }

    private void FinishRecreate()
    {
        Exception cause = _recreateCause!;
        ChildRecord[] survivors = cell.Children.All;
        List<IActorRef> later = _laterPerpetrators ?? [];
        _recreateCause = null;
        _stage = Stage.Running;
        cell.Mailbox.Unpause();
        ClearFailure();
        Interlocked.Increment(ref _restarts);
        try
        {
            cell.Actor = NewInstance();
            cell.Actor.OnPostRestart(cause);
        }
        catch (Exception e)
        {
            cell.Actor = null;
            cell.ForgetInstance();
            Fail(new ActorInitializationException($"{cell.Self.Path} could not restart: {e.Message}", e), "PostRestart");
            return;
        }

        // Children that an overridden PreRestart kept were suspended with their parent; they start afresh with it.
        foreach (ChildRecord child in survivors)
        {
            child.Ref.SendSystem(new RecreateMessage(cause));
            if (later.Contains(child.Ref)) child.Ref.SendSystem(new ResumeMessage(null));
        }
    }

    private void FinishTerminate()
    {
        try
        {
            cell.Actor?.OnPostStop();
        }
        catch (Exception e)
        {
            cell.Log(LogLevel.Error, "failed in PostStop", e);
        }

        cell.ForgetInstance();
        _stage = Stage.Stopped;
        cell.Actor = null;
        cell.CloseStash();
        cell.Mailbox.Close();
        cell.Parent.SendSystem(new DiedMessage(cell.Self));
        cell.Watches.Close();
    }

    private ActorBase NewInstance()
    {
        ActorCell? outer = ActorCell.Constructing;
        ActorCell.Constructing = cell;
        try
        {
            ActorBase actor = cell.Props.Factory();
            if (!ReferenceEquals(actor.Cell, cell)) throw new InvalidOperationException("the factory of Props gave an instance it had given before");
            actor.OnConstructed();
            return actor;
        }
        finally
        {
            ActorCell.Constructing = outer;
        }
    }

    private void ClearFailure()
    {
        _failed = false;
        _failedMessage = null;
        _perpetrator = null;
        _laterPerpetrators = null;
    }
}
