namespace Mesh.Actors;

/// <summary>One actor as the console shows it; numbers are of the moment of asking.</summary>
/// <param name="Path">Its place.</param>
/// <param name="Type">The type its Props declare.</param>
/// <param name="MailboxLength">User messages waiting.</param>
/// <param name="Dropped">User messages lost to the mailbox's bound so far.</param>
/// <param name="Restarts">Instances replaced so far.</param>
public sealed record ActorInfo(ActorPath Path, string Type, int MailboxLength, long Dropped, int Restarts);
