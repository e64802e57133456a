namespace Mesh.Actors.Dispatch;

/// <summary>A message on its way, with who sent it.</summary>
/// <param name="Message">What was told.</param>
/// <param name="Sender">Null when nobody said who.</param>
/// <param name="Exempt">From the kernel itself (Terminated, PoisonPill, a tick): outside the mailbox's bound, since losing it would break a promise.
/// Each source has at most one of these in a mailbox, so their number is bounded by watches and timers.</param>
internal record struct Envelope(object Message, IActorRef? Sender, bool Exempt = false)
{
    /// <summary>Copies into a place that is empty: of what is null or false nothing is written, and nothing told to the collector.</summary>
    public static void Move(in Envelope envelope, ref Envelope place)
    {
        place.Message = envelope.Message;
        if (envelope.Sender is { } sender) place.Sender = sender;
        if (envelope.Exempt) place.Exempt = true;
    }
}
