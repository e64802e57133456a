namespace Mesh.Actors.Dispatch;

/// <summary>What happens to a message that meets a full mailbox. Whatever is lost is counted and becomes a dead letter; Tell never throws.</summary>
public enum OverflowPolicy
{
    /// <summary>The arriving message is lost. For work: what was promised first is done first.</summary>
    DropNewest,

    /// <summary>The message that waited longest is lost. For news: the latest word counts.</summary>
    DropOldest,

    /// <summary>
    /// The arriving message is lost and its sender is told with <see cref="Status.Failure"/> of <see cref="MailboxFullException"/>. For Asks.
    /// </summary>
    Reject,
}

/// <summary>How much may wait for an actor, and what happens beyond.</summary>
/// <param name="Capacity">Messages in the user lane, from 1.</param>
/// <param name="Overflow">What is lost beyond.</param>
public sealed record MailboxOptions(int Capacity, OverflowPolicy Overflow)
{
    /// <summary>Messages. About a second of work for a busy actor; at 24 bytes a place, 240 KB at worst.</summary>
    public const int DefaultCapacity = 10_000;

    public static readonly MailboxOptions Default = new(DefaultCapacity, OverflowPolicy.DropNewest);

    public int Capacity { get; } = Capacity >= 1
        ? Capacity
        : throw new ArgumentOutOfRangeException(nameof(Capacity), Capacity, "a mailbox holds at least 1 message");
}
