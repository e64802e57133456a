using Mesh.Actors.Dispatch;
using Mesh.Actors.Supervision;

namespace Mesh.Actors;

/// <summary>The recipe for an actor; each restart cooks it again. Immutable, shareable.</summary>
public sealed record Props
{
    private Props(Type type, Func<ActorBase> factory)
    {
        Type = type;
        Factory = factory;
    }

    /// <summary>The declared type, for display.</summary>
    public Type Type { get; }

    /// <summary>Null: the system's default mailbox.</summary>
    public MailboxOptions? Mailbox { get; private init; }

    /// <summary>Null: what the actor's own SupervisorStrategy() says.</summary>
    public SupervisorStrategy? SupervisorStrategy { get; private init; }

    /// <summary>Null: the system's dispatcher.</summary>
    public Dispatcher? Dispatcher { get; private init; }

    internal Func<ActorBase> Factory { get; }

    /// <summary>A recipe. The factory must make a new instance at each call.</summary>
    public static Props Create<T>(Func<T> factory)
        where T : ActorBase => new(typeof(T), factory);

    public static Props Create<T>()
        where T : ActorBase, new() => new(typeof(T), static () => new T());

    public Props WithMailbox(MailboxOptions mailbox) => this with { Mailbox = mailbox };

    /// <summary>How the actor supervises its children, instead of its own SupervisorStrategy().</summary>
    public Props WithSupervisorStrategy(SupervisorStrategy strategy) => this with { SupervisorStrategy = strategy };

    public Props WithDispatcher(Dispatcher dispatcher) => this with { Dispatcher = dispatcher };
}
