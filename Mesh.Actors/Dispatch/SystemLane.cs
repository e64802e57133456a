using Mesh.Actors.Cells;

namespace Mesh.Actors.Dispatch;

/// <summary>
/// The queue of system messages: never drops, never blocks. Producers push onto a stack by compare-and-set; the consumer takes the whole
/// stack and turns it round. Closing swaps in a tombstone, so that each message either was taken or learns that it came too late.
/// </summary>
/// <remarks>Unbounded by rule: senders are the kernel itself, and each is bounded by children, watches and one running handler.</remarks>
internal sealed class SystemLane
{
    private static readonly SystemMessage s_closed = new CreateMessage();
    private SystemMessage? _top;

    public bool IsEmpty => Volatile.Read(ref _top) is not { } top || ReferenceEquals(top, s_closed);

    /// <summary>False when the lane is closed. A message object may be pushed once in its life.</summary>
    public bool TryPush(SystemMessage message)
    {
        while (true)
        {
            SystemMessage? top = Volatile.Read(ref _top);
            if (ReferenceEquals(top, s_closed)) return false;
            message.Next = top;
            if (ReferenceEquals(Interlocked.CompareExchange(ref _top, message, top), top)) return true;
        }
    }

    /// <summary>All messages, oldest first, linked by Next.</summary>
    public SystemMessage? TakeAll() => Volatile.Read(ref _top) is null || IsEmpty ? null : Reverse(Interlocked.Exchange(ref _top, null));

    /// <summary>Takes all messages and refuses further ones.</summary>
    public SystemMessage? Close()
    {
        SystemMessage? top = Interlocked.Exchange(ref _top, s_closed);
        return ReferenceEquals(top, s_closed) ? null : Reverse(top);
    }

    private static SystemMessage? Reverse(SystemMessage? top)
    {
        SystemMessage? oldest = null;
        while (top is not null)
        {
            SystemMessage? next = top.Next;
            top.Next = oldest;
            oldest = top;
            top = next;
        }

        return oldest;
    }
}
