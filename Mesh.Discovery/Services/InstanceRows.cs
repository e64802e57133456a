using System.Net;
using Mesh.Actors.Control;
using Mesh.Actors.Tables;

namespace Mesh.Discovery.Services;

/// <summary>What the fleet is told of this node's instances: their rows, written when they should differ, and not too often.</summary>
/// <remarks>On the control loop; counts are any thread's.</remarks>
internal sealed class InstanceRows(NodeServices services, OwnerTable<ServiceInstance> table, string node)
{
    private readonly int[] _counts = new int[3];
    private long _moves;

    /// <summary>Where other nodes reach this node's inbound side; null: there is none.</summary>
    public IPEndPoint? Inbound { get; set; }

    /// <summary>The host that the inbound side's certificate speaks for; null: it speaks no TLS.</summary>
    public string? InboundHost { get; set; }

    /// <summary>Nothing is written yet: where to reach the instances is not known, and others must not dial apps past the inbound side.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The node is about to end, and so are all its instances.</summary>
    public bool IsEnding { get; set; }

    /// <summary>Changes of state that the fleet was told.</summary>
    public long Moves => Interlocked.Read(ref _moves);

    public int CountOf(InstanceState state) => Volatile.Read(ref _counts[(int)state]);

    /// <summary>Writes the row if it should differ, now or when the quiet time is over.</summary>
    public WriteResult Tell(Hosted hosted, bool isUrgent)
    {
        if (IsHeld) return WriteResult.Accepted;
        ServiceInstance row = hosted.Row(node, (Inbound, InboundHost), IsEnding, services.Loop.UtcNow);
        hosted.Later?.Cancel();
        hosted.Later = null;
        if (row == hosted.Told) return WriteResult.Unchanged;
        TimeSpan wait = hosted.Told is null || isUrgent ? TimeSpan.Zero : hosted.ToldAt + LocalServices.QuietTime - services.Loop.Now;
        if (wait > TimeSpan.Zero)
        {
            hosted.Later = services.Loop.After(wait, () => Tell(hosted, isUrgent: true));
            return WriteResult.Accepted;
        }

        WriteResult written = table.Put(row.Key, row);
        if (written is not (WriteResult.Accepted or WriteResult.Unchanged)) return written;
        if (hosted.Told?.State != row.State) Interlocked.Increment(ref _moves);
        Count(hosted.Told, row);
        (hosted.Told, hosted.ToldAt) = (row, services.Loop.Now);
        return written;
    }

    /// <summary>The instance is no more.</summary>
    public void Remove(Hosted hosted)
    {
        hosted.Later?.Cancel();
        table.Remove(hosted.Registration.Key);
        Count(hosted.Told, null);
    }

    private void Count(ServiceInstance? before, ServiceInstance? after)
    {
        if (before is not null) Interlocked.Decrement(ref _counts[(int)before.State]);
        if (after is not null) Interlocked.Increment(ref _counts[(int)after.State]);
    }
}
