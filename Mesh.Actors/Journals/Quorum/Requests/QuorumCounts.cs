using Mesh.Actors.Journals.Quorum.Protocol;

namespace Mesh.Actors.Journals.Quorum.Requests;

/// <summary>How requests to this node ended. Written on the control loop, read anywhere.</summary>
internal sealed class QuorumCounts
{
    private readonly long[] _outcomes = new long[5];

    public void Answered(QuorumOutcome outcome) => Interlocked.Increment(ref _outcomes[(int)outcome]);

    public long Of(QuorumOutcome outcome) => Interlocked.Read(ref _outcomes[(int)outcome]);
}
