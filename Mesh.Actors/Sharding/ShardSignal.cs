namespace Mesh.Actors.Sharding;

/// <summary>What regions and coordinator tell each other about one shard. Numbers cross the wire.</summary>
internal enum ShardVerb : byte
{
    /// <summary>Region to coordinator: where is it?</summary>
    GetShardHome = 1,

    /// <summary>Coordinator to region: it runs at the owner in that epoch.</summary>
    ShardHome = 2,

    /// <summary>Coordinator to region: run it in that epoch.</summary>
    HostShard = 3,

    /// <summary>Region to coordinator: it runs; the fence is claimed.</summary>
    ShardStarted = 4,

    /// <summary>Region to coordinator: it will not run here in that epoch.</summary>
    ShardRefused = 5,

    /// <summary>Coordinator to regions: forget its home and keep its mail.</summary>
    BeginHandOff = 6,

    /// <summary>Region to coordinator: nothing of mine is under way to the owner.</summary>
    BeginHandOffAck = 7,

    /// <summary>Coordinator to owner: stop its entities.</summary>
    HandOff = 8,

    /// <summary>Region to coordinator: that epoch is over here, and will not come back.</summary>
    ShardStopped = 9,

    /// <summary>Coordinator to region: a new term, tell me what you run.</summary>
    AskRegionState = 10,

    /// <summary>Anyone: there is a higher term.</summary>
    StaleTerm = 11,

    /// <summary>A node that was taken for the coordinator: that one is.</summary>
    CoordinatorIs = 12,

    /// <summary>Region to region, behind its mail: give back what you have not handed to entities, then say so.</summary>
    Barrier = 13,

    BarrierDone = 14,
}

/// <summary>One word about one shard.</summary>
/// <param name="Verb">What is said.</param>
/// <param name="Term">Of the coordinator that says it, or the highest that the region knows.</param>
/// <param name="Shard">Which one; 0 where none is meant.</param>
/// <param name="Epoch">In which of its runs: <c>term &lt;&lt; 20 | n</c>; 0 where none is meant.</param>
/// <param name="Owner">For ShardHome and CoordinatorIs.</param>
/// <param name="Found">For ShardRefused: the epoch that the journal has instead, or 0.</param>
internal readonly record struct ShardSignal(
    ShardVerb Verb, long Term, int Shard = 0, long Epoch = 0, UniqueAddress? Owner = null, long Found = 0);

/// <summary>How far a shard is in its region. Numbers cross the wire.</summary>
internal enum ShardPhase : byte
{
    /// <summary>The fence is being claimed; no entity runs.</summary>
    Starting = 1,

    Active = 2,

    Stopping = 3,

    /// <summary>It ended, and the coordinator may not know.</summary>
    Ended = 4,
}

/// <summary>A shard as a region reports it.</summary>
internal readonly record struct ShardRow(int Shard, long Epoch, ShardPhase Phase, int Entities);

/// <summary>Everything that a region runs. Asks for the next grant.</summary>
/// <param name="Term">The highest that the region knows.</param>
/// <param name="Number">Counts the region's reports, from 1.</param>
/// <param name="Hosts">False for a proxy.</param>
/// <param name="Draining">It wants to be rid of its shards.</param>
/// <param name="Weight">Its share when shards are placed.</param>
/// <param name="NumberOfShards">Must be the coordinator's, or it gets none.</param>
/// <param name="Shards">In order of shard.</param>
internal sealed record RegionReport(
    long Term, long Number, bool Hosts, bool Draining, int Weight, int NumberOfShards, EquatableList<ShardRow> Shards);

/// <summary>The answer to a report.</summary>
/// <param name="Term">The coordinator's.</param>
/// <param name="Number">Of the report.</param>
/// <param name="Duration">How long entities may run, from when that report was sent.</param>
/// <param name="Stop">Rows of the report that are not, or no longer, the region's.</param>
internal sealed record RegionGrant(long Term, long Number, TimeSpan Duration, EquatableList<ShardRow> Stop);

/// <summary>Epochs: the term above, a counter of the term below.</summary>
internal static class ShardEpoch
{
    /// <summary>Bits of the counter: a million allocations a term.</summary>
    public const int CounterBits = 20;

    /// <remarks>Added, not joined bit by bit: a counter that runs over goes on growing, and the next term learns of it by refused claims.</remarks>
    public static long Of(long term, long counter) => (term << CounterBits) + counter;

    public static long TermOf(long epoch) => epoch >> CounterBits;

    public static long CounterOf(long epoch) => epoch & ((1L << CounterBits) - 1);
}
