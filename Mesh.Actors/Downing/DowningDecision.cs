using System.Collections.Immutable;

namespace Mesh.Actors.Downing;

internal enum DowningOutcome
{
    /// <summary>There is nothing to decide, or not yet.</summary>
    Nothing,

    /// <summary>This side goes on: the others are declared dead, by its leader.</summary>
    DownOthers,

    /// <summary>This node ends.</summary>
    DownSelf,
}

/// <summary>What a node would do about a view, if it stays as it is.</summary>
/// <param name="Outcome">What.</param>
/// <param name="Down">Whom, in address order.</param>
/// <param name="Actor">Who of the surviving side does it: its leader. Null when nothing is done, or by each for itself.</param>
/// <param name="Reason">Why: one line, kept with the Down.</param>
internal sealed record DowningDecision(DowningOutcome Outcome, ImmutableArray<UniqueAddress> Down, UniqueAddress? Actor, string Reason)
{
    public static DowningDecision Nothing(string reason) => new(DowningOutcome.Nothing, [], null, reason);

    public static DowningDecision DownSelf(UniqueAddress self, string reason) => new(DowningOutcome.DownSelf, [self], null, reason);
}
