namespace Mesh.Actors.Supervision;

/// <summary>What a supervisor does with a failed child.</summary>
public enum Directive
{
    /// <summary>Goes on with the next message; state is kept.</summary>
    Resume,

    /// <summary>A new instance takes over ref and mailbox.</summary>
    Restart,

    /// <summary>The child is stopped.</summary>
    Stop,

    /// <summary>The supervisor itself fails with the same cause.</summary>
    Escalate,
}

/// <summary>How a parent judges failing children. Immutable, shareable; the decider runs in the parent's turn.</summary>
public abstract class SupervisorStrategy
{
    /// <summary>Restarts without end.</summary>
    public const int Unlimited = -1;

    /// <summary>Stops what could not start or was killed, restarts the rest, without limit: Akka's default.</summary>
    public static readonly SupervisorStrategy DefaultStrategy = new OneForOneStrategy(DefaultDecider);

    /// <summary>Stops every failing child: Erlang's default.</summary>
    public static readonly SupervisorStrategy StoppingStrategy = new OneForOneStrategy(static _ => Directive.Stop);

    private protected SupervisorStrategy(int maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> decider)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNrOfRetries, Unlimited);
        MaxNrOfRetries = maxNrOfRetries;
        WithinTimeRange = withinTimeRange;
        Decider = decider;
    }

    /// <summary>Restarts allowed in a window, per child; <see cref="Unlimited"/>, or 0 for none. Beyond them Restart becomes Stop.</summary>
    public int MaxNrOfRetries { get; }

    /// <summary>The window; null counts over the child's whole life.</summary>
    public TimeSpan? WithinTimeRange { get; }

    public Func<Exception, Directive> Decider { get; }

    /// <summary>Null restarts at once; otherwise the child waits, suspended, with its mailbox.</summary>
    public RestartBackoff? Backoff { get; init; }

    /// <summary>Whether one child's failure is everyone's.</summary>
    internal abstract bool TakesAll { get; }

    public static Directive DefaultDecider(Exception cause) =>
        cause is ActorInitializationException or ActorKilledException ? Directive.Stop : Directive.Restart;
}

/// <summary>The directive concerns the failed child alone.</summary>
public sealed class OneForOneStrategy(int maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> decider)
    : SupervisorStrategy(maxNrOfRetries, withinTimeRange, decider)
{
    public OneForOneStrategy(Func<Exception, Directive> decider)
        : this(Unlimited, null, decider) { }

    internal override bool TakesAll => false;
}

/// <summary>Restart and Stop concern all children: for siblings that make no sense without each other.</summary>
public sealed class AllForOneStrategy(int maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> decider)
    : SupervisorStrategy(maxNrOfRetries, withinTimeRange, decider)
{
    public AllForOneStrategy(Func<Exception, Directive> decider)
        : this(Unlimited, null, decider) { }

    internal override bool TakesAll => true;
}
