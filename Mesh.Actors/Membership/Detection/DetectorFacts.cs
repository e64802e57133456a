using System.Collections.Immutable;

namespace Mesh.Actors.Membership.Detection;

/// <summary>What one node's failure detector thinks, for an operator.</summary>
/// <param name="Health">Its doubt about itself: 0 well, 7 worst. Every time-out is (1 + health) times as long.</param>
/// <param name="Why">The latest symptom; null when well.</param>
/// <param name="Peers">Whom it watches, in address order.</param>
public sealed record DetectorFacts(int Health, Symptom? Why, ImmutableArray<PeerFacts> Peers);

/// <summary>One watched peer.</summary>
/// <param name="Node">Who.</param>
/// <param name="Phase">How far the doubt has gone.</param>
/// <param name="Phi">The doubt now; <see cref="DetectorSettings.Threshold"/> begins a probe.</param>
/// <param name="SinceHeartbeat">Since its last answer, or since it was last forgiven.</param>
/// <param name="RoundTrip">The newest; null before the first.</param>
public sealed record PeerFacts(UniqueAddress Node, PeerPhase Phase, double Phi, TimeSpan SinceHeartbeat, TimeSpan? RoundTrip);
