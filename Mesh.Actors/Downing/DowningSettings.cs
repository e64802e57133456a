namespace Mesh.Actors.Downing;

/// <summary>Which side of a split goes on. Numbers are part of the settings that must be equal on all nodes.</summary>
public enum DowningStrategy
{
    /// <summary>The side with more than half of the core members; of two halves the one with the lowest address.</summary>
    KeepMajority = 1,

    /// <summary>A side with at least <see cref="DowningSettings.QuorumSize"/> core members. Never run more than 2 * size - 1.</summary>
    StaticQuorum = 2,

    /// <summary>The side of the oldest core member; the others, when it is alone and <see cref="DowningSettings.DownIfAlone"/>.</summary>
    KeepOldest = 3,

    /// <summary>No side: everything starts anew.</summary>
    DownAll = 4,
}

/// <summary>What is done about core members that cannot be reached. The same on every node.</summary>
public sealed record DowningSettings
{
    public DowningStrategy Strategy { get; init; } = DowningStrategy.KeepMajority;

    /// <summary>
    /// Core members that a side needs with <see cref="DowningStrategy.StaticQuorum"/>: half of those that will ever run, and one; from 1.
    /// </summary>
    public int QuorumSize { get; init; } = 2;

    /// <summary>
    /// With <see cref="DowningStrategy.KeepOldest"/>: an oldest that is cut off from two or more others goes, instead of all of them.
    /// </summary>
    public bool DownIfAlone { get; init; } = true;

    /// <summary>
    /// How long core statuses and reachability must stay as they are before anything is decided, 1 s to 5 min; null: by the number of core members,
    /// 7 s up to 5, 10 s up to 10, 13 s beyond. It must cover the time in which one and the same split is seen by everybody.
    /// </summary>
    public TimeSpan? StableAfter { get; init; }

    /// <summary>
    /// Everybody goes when somebody is unreachable and things do not come to rest for stable-after and three quarters of it more (at least 4 s). Only
    /// with a supervisor that starts the process again: without one a flapping link ends the cluster for good. Off.
    /// </summary>
    public bool DownAllWhenUnstable { get; init; }

    /// <summary>Stable-after for a number of core members.</summary>
    public TimeSpan StableAfterFor(int core) => StableAfter ?? TimeSpan.FromSeconds(core <= 5 ? 7 : core <= 10 ? 10 : 13);

    /// <summary>Unrest after which <see cref="DownAllWhenUnstable"/> acts.</summary>
    public TimeSpan UnstableAfterFor(int core)
    {
        TimeSpan stable = StableAfterFor(core), more = stable * 0.75;
        return stable + (more < TimeSpan.FromSeconds(4) ? TimeSpan.FromSeconds(4) : more);
    }

    /// <summary>As operators write it.</summary>
    public string StrategyName => Strategy switch
    {
        DowningStrategy.KeepMajority => "keep-majority",
        DowningStrategy.StaticQuorum => $"static-quorum of {QuorumSize}",
        DowningStrategy.KeepOldest => DownIfAlone ? "keep-oldest, down-if-alone" : "keep-oldest",
        _ => "down-all",
    };

    /// <summary>What few core members mean, for the log at start-up; null when there is nothing to say.</summary>
    public string? WarningFor(int core) => (core, Strategy) switch
    {
        (1, _) => "one core member: nothing can be split, and nothing takes over when it fails",
        (2, DowningStrategy.KeepMajority) =>
            "two core members with keep-majority: when they cannot reach each other the one with the lowest address goes on and the other ends; "
            + "when the lowest fails, the other ends too. Three survive the loss of any one",
        (_, DowningStrategy.StaticQuorum) when core > 2 * QuorumSize - 1 =>
            $"{core} core members are more than 2 * {QuorumSize} - 1: two sides could both have a quorum, so any split ends all of them",
        _ => null,
    };
}
