namespace Mesh.Actors.Journals.Quorum;

/// <summary>Who leads the journal, as one node knows it: published by the control loop, read anywhere.</summary>
/// <param name="Node">The process.</param>
/// <param name="Term">In which it leads.</param>
internal sealed record KnownLeader(UniqueAddress Node, long Term);
