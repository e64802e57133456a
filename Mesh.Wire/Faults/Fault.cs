namespace Mesh.Wire.Faults;

/// <summary>How far the exchange had come.</summary>
public enum FaultStage : byte
{
    None = 0,

    /// <summary>The request's head was being read or judged.</summary>
    RequestHead,

    /// <summary>The server was deciding whether to let the request in: depth, concurrency, time left.</summary>
    Admit,

    /// <summary>No service name could be made of the request.</summary>
    Identify,

    /// <summary>The service name was being bound to destinations.</summary>
    Bind,

    /// <summary>An endpoint was being picked.</summary>
    Pick,

    /// <summary>A pooled connection was waited for.</summary>
    Pool,

    /// <summary>A connection was being made.</summary>
    Connect,

    /// <summary>A connection was being secured (TLS).</summary>
    Handshake,

    /// <summary>The request was being sent.</summary>
    Request,

    /// <summary>The response's head was awaited.</summary>
    ResponseHead,

    /// <summary>The response's body was passing: its status has left, only breaking the transfer is honest.</summary>
    ResponseBody,
}

/// <summary>Who is at fault.</summary>
public enum FaultParty : byte
{
    None = 0,
    Client,
    Node,
    Backend,
}

/// <summary>What went wrong.</summary>
public enum FaultCause : byte
{
    None = 0,

    /// <summary>A message that is malformed, ambiguous, or over a limit.</summary>
    Rejected,

    /// <summary>The request carries no name.</summary>
    Unidentified,

    /// <summary>The name binds to nothing.</summary>
    Unbound,

    /// <summary>A namer failed, or its data is malformed.</summary>
    NamerFailed,

    /// <summary>The destination has no address.</summary>
    NoAddress,

    /// <summary>A connection could not be made.</summary>
    Unreachable,

    /// <summary>Who answers does not prove to be who is meant, or may not be spoken with so.</summary>
    Untrusted,

    /// <summary>Closed or reset too early.</summary>
    Closed,

    /// <summary>Not within the time allowed.</summary>
    TimedOut,

    /// <summary>A queue or table is full.</summary>
    Overloaded,

    /// <summary>More requests than a rate limit allows.</summary>
    RateLimited,

    /// <summary>A drill: the config asks for this failure.</summary>
    Injected,

    /// <summary>A bug of this node.</summary>
    Bug,
}

/// <summary>
/// A failure as a value: stage x party x cause, and whether another attempt cannot do harm. One place maps it to an answer, a metric and a log
/// line.
/// </summary>
/// <param name="Stage">How far the exchange had come.</param>
/// <param name="Party">Who is at fault.</param>
/// <param name="Cause">What went wrong.</param>
/// <param name="IsRetryable">The backend provably did not act on the request.</param>
public readonly record struct Fault(FaultStage Stage, FaultParty Party, FaultCause Cause, bool IsRetryable = false)
{
    public bool IsNone => Cause == FaultCause.None;

    /// <summary>The exchange went well.</summary>
    public static Fault None => default;
}
