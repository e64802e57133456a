using Mesh.Actors.Events;
using Mesh.Actors.Supervision;

namespace Mesh.Actors.Cells;

/// <summary>To the root: stop /user, then /system, then yourself.</summary>
internal sealed record StopSystem
{
    public static readonly StopSystem Instance = new();

    private StopSystem() { }
}

/// <summary>The top of the tree. Its children are /user and /system; if one of them fails, the system cannot be trusted and stops.</summary>
internal sealed class RootGuardian : ReceiveActor
{
    private readonly IActorRef _user;
    private readonly IActorRef _system;
    private bool _stopping;

    public RootGuardian(IActorRef user, IActorRef system)
    {
        (_user, _system) = (user, system);
        Receive<StopSystem>(_ =>
        {
            _stopping = true;
            Context.Stop(Context.Child("user") ?? Context.Child("system") ?? Self);
        });
        Receive<Terminated>(dead => OnGuardianGone(dead.ActorRef));
    }

    protected override void PreStart()
    {
        Context.Watch(_user);
        Context.Watch(_system);
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
    {
        Context.System.Log(new LogEvent(LogLevel.Error, Self.Path.ToString(), $"a guardian failed, the actor system stops: {cause.Message}", cause));
        return Directive.Stop;
    });

    private void OnGuardianGone(IActorRef dead)
    {
        if (!_stopping)
        {
            _ = Context.System.Terminate();
            return;
        }

        Context.Stop(ReferenceEquals(dead, _user) && Context.Child("system") is { } system ? system : Self);
    }
}

/// <summary>/user and /system: they only supervise.</summary>
internal sealed class Guardian : ActorBase
{
    protected override bool Receive(object message) => false;
}
