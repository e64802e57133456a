using Mesh.Wire.Buffers;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Http1;

/// <summary>How far the reading of a head has come.</summary>
internal enum HeadProgress : byte
{
    /// <summary>The head is whole and valid.</summary>
    Complete,

    /// <summary>It never will be; the reason is told.</summary>
    Rejected,

    /// <summary>More bytes are needed.</summary>
    Waiting,

    /// <summary>The peer ended before any byte of it.</summary>
    Ended,

    /// <summary>The peer ended within it.</summary>
    Broken,
}

/// <summary>Whoever knows what kind of head a connection reads.</summary>
internal interface IHeadParser
{
    /// <summary>As <see cref="RequestHeadParser.Parse"/>.</summary>
    HeadStatus Parse(byte[] arena, int start, int end, ref int scanned, out RejectReason reason);
}

/// <summary>
/// The buffer that heads are received into: it stays for the whole exchange (it is the arena of the head's ranges) and holds what came behind
/// the head, and the first bytes of the next message.
/// </summary>
/// <remarks>Hot path. Grows up to the largest head allowed; is given back while nothing is in it.</remarks>
internal sealed class HeadBuffer(Transport transport, Http1Limits limits)
{
    private const int Full = -3;
    private int _scanned;
    private byte[]? _outgrown;

    /// <summary>Null while nothing is buffered.</summary>
    public byte[]? Bytes { get; private set; }

    /// <summary>Offset of the first unread byte.</summary>
    public int Start { get; set; }

    /// <summary>Offset just past the last byte received.</summary>
    public int End { get; private set; }

    public bool IsEmpty => Start == End;

    /// <summary>Bytes received here, for metrics.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>Receives and parses until the head is whole, or cannot be, or more must be waited for.</summary>
    public HeadProgress Read(IHeadParser parser, out RejectReason reason)
    {
        reason = RejectReason.None;
        while (true)
        {
            if (!IsEmpty)
            {
                HeadStatus status = parser.Parse(Bytes!, Start, End, ref _scanned, out reason);
                if (status != HeadStatus.NeedMore) _scanned = 0;
                if (status == HeadStatus.Complete) return HeadProgress.Complete;
                if (status == HeadStatus.Rejected) return HeadProgress.Rejected;
            }

            int count = Fill();
            if (count > 0) continue;
            if (count == Transport.WouldBlock) return HeadProgress.Waiting;
            if (count == Full)
            {
                reason = RejectReason.HeadTooLarge;
                return HeadProgress.Rejected;
            }

            return IsEmpty ? HeadProgress.Ended : HeadProgress.Broken;
        }
    }

    /// <summary>Keeps bytes of the next message that came with the end of a body. The buffer is read empty by then.</summary>
    public void KeepSurplus(ReadOnlySpan<byte> surplus)
    {
        byte[] bytes = Bytes ?? BufferPool.Rent(BufferPool.Small);
        if (Bytes is null) Start = End = 0;
        if (End + surplus.Length > bytes.Length)
        {
            // The same offsets in a new array: the head's ranges keep pointing into the old one, which lives until the exchange is over.
            byte[] larger = BufferPool.Rent(End + surplus.Length);
            bytes.AsSpan(0, End).CopyTo(larger);
            if (_outgrown is null) _outgrown = bytes;
            else BufferPool.Return(bytes);
            bytes = larger;
        }

        surplus.CopyTo(bytes.AsSpan(End));
        Bytes = bytes;
        End += surplus.Length;
    }

    /// <summary>The exchange is over: nothing points any more into a buffer that became too small for what follows it.</summary>
    public void ReleaseOutgrown()
    {
        if (_outgrown is not null) BufferPool.Return(_outgrown);
        _outgrown = null;
    }

    public void Release()
    {
        ReleaseOutgrown();
        if (Bytes is null) return;
        BufferPool.Return(Bytes);
        Bytes = null;
        Start = End = 0;
    }

    /// <summary>Receives behind what is buffered: bytes, 0 at the end of the stream, or a negative result.</summary>
    private int Fill()
    {
        if (Bytes is null)
        {
            Bytes = BufferPool.Rent(BufferPool.Small);
            Start = End = 0;
        }
        else if (End == Bytes.Length && !MakeRoom())
        {
            return Full;
        }

        int count = transport.Receive(Bytes.AsSpan(End));
        if (count > 0)
        {
            End += count;
            BytesReceived += count;
        }
        else if (IsEmpty)
        {
            Release();
        }

        return count;
    }

    private bool MakeRoom()
    {
        byte[] old = Bytes!;
        if (Start > 0)
        {
            old.AsSpan(Start, End - Start).CopyTo(old);
            _scanned = Math.Max(0, _scanned - Start);
            End -= Start;
            Start = 0;
            return true;
        }

        if (old.Length >= limits.MaxHeadBytes) return false;
        byte[] larger = BufferPool.Rent(Math.Min(old.Length * 4, limits.MaxHeadBytes));
        old.AsSpan(0, End).CopyTo(larger);
        BufferPool.Return(old);
        Bytes = larger;
        return true;
    }
}
