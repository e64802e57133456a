using System.Collections.Immutable;
using System.Globalization;

namespace Mesh.Node.Demo.Fleet;

/// <summary>What a screen shows of one interval of several nodes.</summary>
/// <param name="At">Since the demo's start.</param>
/// <param name="Span">The interval, up to <paramref name="At"/>.</param>
/// <param name="Nodes">By number.</param>
/// <param name="Events">What happened in the interval, oldest first.</param>
internal sealed record FleetFrame(TimeSpan At, TimeSpan Span, ImmutableArray<FleetRow> Nodes, ImmutableArray<string> Events)
{
    public static readonly string[] Heads = ["node", "role", "state", "up", "unreachable", "leader", "rps", "success", "router", "admin"];

    /// <summary>When, over which time, whose numbers.</summary>
    public string Title => string.Create(
        CultureInfo.InvariantCulture,
        $"{At.TotalSeconds:0.0} s; {(Span == At ? "all of it" : $"the last {Span.TotalSeconds:0.0} s")}; members as each node sees them");
}

/// <summary>One node.</summary>
/// <param name="Member">Which.</param>
/// <param name="State">Its own status, or <c>killed</c>.</param>
/// <param name="Up">Members that it sees Up, itself among them; null while it does not run, as all that it sees.</param>
/// <param name="Unreachable">Members that it sees as unreachable.</param>
/// <param name="Leader">Whom it takes for the leader.</param>
/// <param name="PerSecond">Requests answered through it.</param>
/// <param name="SuccessRate">0 to 1; null without requests.</param>
/// <param name="Ports">Where it listens.</param>
internal sealed record FleetRow(
    FleetMember Member, string State, int? Up, int? Unreachable, string? Leader, double PerSecond, double? SuccessRate, FleetPorts Ports)
{
    public bool IsWell => State == "up" && Unreachable == 0;

    public string[] Cells =>
    [
        Member.Name,
        Member.Role,
        State,
        Number(Up),
        Number(Unreachable),
        Leader ?? "-",
        PerSecond.ToString("0.0", CultureInfo.InvariantCulture),
        DemoCells.Percent(SuccessRate),
        Number(Ports.Router),
        Number(Ports.Admin),
    ];

    private static string Number(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
