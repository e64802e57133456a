using System.Collections.Immutable;
using System.Globalization;
using Mesh.Actors.Membership;

namespace Mesh.Node.Demo.Fleet;

/// <summary>Who is in a demo of several nodes, and what happens when; pure.</summary>
/// <remarks>
/// Core nodes are 1, 3 or 5: as many as can lose one, and never two, where the death of either would leave no majority. All others are edges.
/// </remarks>
internal sealed record FleetPlan(ImmutableArray<FleetMember> Members, TimeSpan For)
{
    /// <summary>Into the demo's time after the cluster has formed.</summary>
    private const double KillAfter = 0.2;

    /// <summary>Of the demo's time: what is not seen by then is not waited for.</summary>
    private const double RestartBy = 0.75;

    /// <summary>From when the others have removed the killed node.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(2);

    public int Cores => Members.Count(static member => member.IsCore);

    public static FleetPlan Of(int nodes, TimeSpan length)
    {
        int cores = nodes >= 5 ? 5 : nodes >= 3 ? 3 : 1;
        return new FleetPlan([.. Enumerable.Range(1, nodes).Select(number => new FleetMember(number, number <= cores))], length);
    }

    /// <summary>Whom to kill: the leader, because that shows most, where the core survives it; else the last edge.</summary>
    public string Victim(string? leader) => Cores > 1 && leader is not null ? leader : Members[^1].Name;

    /// <param name="formedAt">When all saw all; null before that.</param>
    /// <param name="now">Since the start.</param>
    public bool IsKillDue(TimeSpan? formedAt, TimeSpan now) => formedAt is { } formed && now >= formed + (For * KillAfter);

    /// <param name="removedAt">When no other node listed the killed one any more; null before that.</param>
    /// <param name="now">Since the start.</param>
    public bool IsRestartDue(TimeSpan? removedAt, TimeSpan now) => now >= For * RestartBy || (removedAt is { } removed && now >= removed + s_rest);
}

/// <summary>A node of the demo.</summary>
/// <param name="Number">From 1.</param>
/// <param name="IsCore">Whether it votes.</param>
internal sealed record FleetMember(int Number, bool IsCore)
{
    public string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"n{Number}");

    public string Role => IsCore ? Member.CoreRole : "edge";
}
