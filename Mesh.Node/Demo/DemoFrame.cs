using System.Collections.Immutable;

namespace Mesh.Node.Demo;

/// <summary>What a screen shows of one interval.</summary>
/// <param name="At">Since the demo's start.</param>
/// <param name="Span">The interval, up to <paramref name="At"/>; as long as that in the last frame, which tells all.</param>
/// <param name="Services">As the node's series tell it.</param>
/// <param name="Instances">As each instance counted it, beside what the node thinks of it.</param>
/// <param name="Events">Moves of breakers in the interval, oldest first.</param>
internal sealed record DemoFrame(
    TimeSpan At, TimeSpan Span, ImmutableArray<ServiceRow> Services, ImmutableArray<InstanceRow> Instances, ImmutableArray<string> Events);

/// <summary>A service name through the node.</summary>
internal sealed record ServiceRow(string Name, TrafficLine Traffic);

/// <summary>One address of a service.</summary>
/// <param name="Name">Of the demo's instance; of whoever else stands in the file, <c>world ?</c>.</param>
/// <param name="Address">Where it listens.</param>
/// <param name="Breaker"><c>alive</c>, <c>dead</c>, <c>probing</c>; <c>unlisted</c> when the file does not name it, or nobody asked yet.</param>
/// <param name="InFlight">Requests that the node has out there.</param>
/// <param name="EwmaMs">Peak-EWMA cost, milliseconds; null when never measured.</param>
/// <param name="Traffic">Null for what is not the demo's.</param>
internal sealed record InstanceRow(string Name, string Address, string Breaker, int? InFlight, double? EwmaMs, TrafficLine? Traffic);
