namespace Mesh.Actors.Dispatch;

/// <summary>A message on its way, with who sent it.</summary>
/// <param name="Message">What was told.</param>
/// <param name="Sender">Null when nobody said who.</param>
/// <param name="Exempt">From the kernel itself (Terminated, PoisonPill, a tick): outside the mailbox's bound, since losing it would break a promise.
/// Each source has at most one of these in a mailbox, so their number is bounded by watches and timers.</param>
internal readonly record struct Envelope(object Message, IActorRef? Sender, bool Exempt = false);
