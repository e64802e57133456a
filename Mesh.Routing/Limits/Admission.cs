namespace Mesh.Routing.Limits;

/// <summary>How a wait for one of a destination's places ended.</summary>
public enum Admission : byte
{
    /// <summary>
    /// A place was taken; whoever waited gives it back with <see cref="ConcurrencyLimit.Leave"/>, whatever has become of its client.
    /// </summary>
    Admitted,

    /// <summary>As many wait as may; refused at once.</summary>
    QueueFull,

    /// <summary>
    /// Its turn would come after its deadline, by the present pace: refused at once; or, once others were preferred to it for too long under
    /// overload, as soon as that was seen.
    /// </summary>
    TooLate,

    /// <summary>Its deadline passed in the queue.</summary>
    TimedOut,

    /// <summary>Its client went away.</summary>
    GivenUp,
}
