using Mesh.Actors.Events;
using Mesh.Actors.Supervision;

namespace Mesh.Actors.Cells;

/// <summary>A cell's verdicts over its failed children: asks the strategy, then acts.</summary>
internal sealed class Supervisor(ActorCell cell)
{
    public void OnFailed(FailedMessage failed)
    {
        // A child that is being stopped, or was replaced by a namesake, needs no verdict.
        if (cell.Children.Find(failed.Child) is not { Stopping: false } child) return;
        SupervisorStrategy strategy = cell.Props.SupervisorStrategy ?? cell.Actor?.Strategy() ?? SupervisorStrategy.DefaultStrategy;
        Directive directive = strategy.Decider(failed.Cause);
        if (directive is Directive.Restart && !TryGrantRestart(strategy, child)) directive = Directive.Stop;
        Report(failed, directive);
        switch (directive)
        {
            case Directive.Resume:
                child.Ref.SendSystem(new ResumeMessage(failed.Cause));
                break;
            case Directive.Restart:
                BeginRestart(strategy, child, failed.Cause);
                break;
            case Directive.Stop:
                foreach (ChildRecord one in Concerned(strategy, child)) cell.Stop(one.Ref);
                break;
            default:
                cell.Lifecycle.Fail(failed.Cause, $"child {failed.Child.Path.Name} ({failed.During})", failed.Child);
                break;
        }
    }

    /// <summary>Replaces the instances of those that still wait for it.</summary>
    public void Restart(IReadOnlyList<ChildRecord> children, Exception cause)
    {
        foreach (ChildRecord child in children)
        {
            if (child.Stopping || !ReferenceEquals(cell.Children.Find(child.Ref), child)) continue;
            child.RestartedAt = cell.System.Uptime;
            child.Ref.SendSystem(new RecreateMessage(cause));
        }
    }

    private void BeginRestart(SupervisorStrategy strategy, ChildRecord failed, Exception cause)
    {
        IReadOnlyList<ChildRecord> concerned = Concerned(strategy, failed);
        foreach (ChildRecord child in concerned)
        {
            if (child != failed) child.Ref.SendSystem(new SuspendMessage());
        }

        if (strategy.Backoff is not { } backoff)
        {
            Restart(concerned, cause);
            return;
        }

        failed.Failures = backoff.CountFailure(failed.Failures, cell.System.Uptime - failed.RestartedAt);
        TimeSpan delay = backoff.Delay(failed.Failures, cell.System.NextRandom());
        cell.System.Scheduler.SendSystemLater(delay, cell.Self, new RestartChildrenMessage(concerned, cause));
    }

    private bool TryGrantRestart(SupervisorStrategy strategy, ChildRecord failed)
    {
        bool granted = true;
        foreach (ChildRecord child in Concerned(strategy, failed))
        {
            granted &= child.Restarts.TryRestart(cell.System.Uptime, strategy.MaxNrOfRetries, strategy.WithinTimeRange, out RestartHistory next);
            child.Restarts = next;
        }

        return granted;
    }

    private ChildRecord[] Concerned(SupervisorStrategy strategy, ChildRecord failed) =>
        strategy.TakesAll ? Array.FindAll(cell.Children.All, static child => !child.Stopping) : [failed];

    private static void Report(FailedMessage failed, Directive directive)
    {
        LogLevel level = directive switch
        {
            Directive.Resume => LogLevel.Warning,
            Directive.Escalate => LogLevel.Debug,
            _ => LogLevel.Error,
        };
        string text = $"failed in {failed.During}: {failed.Cause.GetType().Name}: {failed.Cause.Message}; {directive}";
        failed.Child.System.Log(new LogEvent(level, failed.Child.Path.ToString(), text, failed.Cause));
    }
}
