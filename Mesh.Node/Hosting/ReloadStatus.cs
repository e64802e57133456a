using System.Collections.Immutable;

namespace Mesh.Node.Hosting;

/// <summary>How the last reload of the config went, and how many there were: what admin shows.</summary>
/// <param name="Succeeded">Reloads that were applied, since the start.</param>
/// <param name="Failed">Reloads that were refused, since the start.</param>
/// <param name="LastAt">When the last one ended; null before the first.</param>
/// <param name="LastSuccessAt">When the config in force was read.</param>
/// <param name="Faults">Why the last one was refused, with file:line:column; empty when it was applied.</param>
/// <param name="RestartNeeded">What the file says and the node does not do before a restart.</param>
internal sealed record ReloadStatus(
    long Succeeded,
    long Failed,
    DateTimeOffset? LastAt,
    DateTimeOffset LastSuccessAt,
    ImmutableArray<string> Faults,
    ImmutableArray<string> RestartNeeded)
{
    /// <summary>Whether the file as last read is in force, all but <see cref="RestartNeeded"/>.</summary>
    public bool IsCurrent => Faults.IsEmpty;

    public ReloadStatus Refused(DateTimeOffset at, ImmutableArray<string> faults) =>
        this with { Failed = Failed + 1, LastAt = at, Faults = faults };

    public ReloadStatus Applied(DateTimeOffset at, ImmutableArray<string> restartNeeded) =>
        this with { Succeeded = Succeeded + 1, LastAt = at, LastSuccessAt = at, Faults = [], RestartNeeded = restartNeeded };
}
