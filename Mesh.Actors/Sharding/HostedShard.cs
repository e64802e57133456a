namespace Mesh.Actors.Sharding;

/// <summary>One run of a shard in this region.</summary>
internal sealed class HostedShard(int shard, long epoch, ShardCore entities)
{
    public int Shard { get; } = shard;

    public long Epoch { get; } = epoch;

    public ShardCore Entities { get; } = entities;

    public ShardPhase Phase { get; set; } = ShardPhase.Starting;

    /// <summary>The journal has made the epoch the newest; what is missing is the memory of entities, or the grant.</summary>
    public bool Claimed { get; set; }

    public bool Ready { get; set; }

    /// <summary>When to ask the journal again after it failed; null while it is asked.</summary>
    public TimeSpan? RetryAt { get; set; }

    /// <summary>The coordinator moves it: mail of this region's own tellers waits for the new home.</summary>
    public bool HandingOff { get; set; }

    public TimeSpan KillAt { get; set; }

    public bool Killed { get; set; }

    /// <summary>Epoch in which it is to run here again once this run has ended; 0 for none.</summary>
    public long Next { get; set; }
}
