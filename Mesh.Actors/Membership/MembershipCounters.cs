namespace Mesh.Actors.Membership;

/// <summary>What membership counts of itself, from 0 at the start of the process.</summary>
/// <remarks>Written on the control loop; read from any thread, where a value may be a moment old.</remarks>
internal sealed class MembershipCounters
{
    public long MessagesSent { get; set; }

    public long MessagesReceived { get; set; }

    public long BytesSent { get; set; }

    public long BytesReceived { get; set; }

    public long RecordsSent { get; set; }

    public long RecordsReceived { get; set; }

    /// <summary>Received records that changed something here.</summary>
    public long RecordsApplied { get; set; }

    /// <summary>Records or messages that no version of the protocol would send.</summary>
    public long Malformed { get; set; }

    /// <summary>Messages of another cluster.</summary>
    public long OtherCluster { get; set; }

    public long PushPulls { get; set; }

    /// <summary>Push/pulls not answered because too many were asked for within a second.</summary>
    public long PushPullsRefused { get; set; }

    public long JoinsAccepted { get; set; }

    public long JoinsRefused { get; set; }

    /// <summary>Answers "you are removed".</summary>
    public long RemovedTold { get; set; }

    public long Refutations { get; set; }

    /// <summary>Leader's looks that found agreement, and those that did not.</summary>
    public long Converged { get; set; }

    public long NotConverged { get; set; }
}
