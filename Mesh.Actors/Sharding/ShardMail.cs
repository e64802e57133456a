namespace Mesh.Actors.Sharding;

/// <summary>A message on its way to an entity. The cores move it; only the shell looks inside.</summary>
/// <remarks>Belongs to the control loop.</remarks>
internal sealed class ShardMail(string entityId, int shard, object? message, IActorRef? sender)
{
    /// <summary>What a message counts for whose bytes are not known.</summary>
    public const int NominalBytes = 512;

    public string EntityId { get; } = entityId;

    public int Shard { get; } = shard;

    /// <summary>Null while it is only bytes.</summary>
    public object? Message { get; } = message;

    public IActorRef? Sender { get; } = sender;

    /// <summary>The region that took it from its teller, when that is not this one.</summary>
    public UniqueAddress? Origin { get; init; }

    /// <summary>Somebody awaits the answer, and is better told now that there will be none.</summary>
    public bool IsAsk { get; init; }

    public string? Manifest { get; set; }

    public ReadOnlyMemory<byte> Payload { get; set; }

    /// <summary>Its place among the shard's messages of its origin.</summary>
    public long Sequence { get; set; }

    /// <summary>How often it came back from a region that did not own the shard.</summary>
    public int Hops { get; set; }

    /// <summary>When this region took it.</summary>
    public TimeSpan At { get; set; }

    public int Bytes => Manifest is null ? NominalBytes : NominalBytes + Payload.Length;
}

/// <summary>Why a message was given up. Each is counted and told to the asker.</summary>
internal enum MailDrop
{
    BufferFull,
    Expired,
    TooManyHops,
    NoGrant,
    TooManyEntities,
    NotSerializable,
    NotSent,
    BadName,
    RegionGone,
    WrongShard,
}

/// <summary>Room for what waits, of a shard within its region's.</summary>
internal sealed class MailBudget(int messages, long bytes, MailBudget? above)
{
    public int Count { get; private set; }

    public long Bytes { get; private set; }

    public bool TryTake(ShardMail mail)
    {
        if (Count >= messages || Bytes + mail.Bytes > bytes || above?.TryTake(mail) == false) return false;
        Count++;
        Bytes += mail.Bytes;
        return true;
    }

    public void Free(ShardMail mail)
    {
        Count--;
        Bytes -= mail.Bytes;
        above?.Free(mail);
    }
}
