using System.Collections.Immutable;

namespace Mesh.Actors.Membership;

/// <summary>What an operator may ask a node about its membership.</summary>
/// <param name="WaitsFor">Before the join: for what, one line; empty afterwards.</param>
/// <param name="HasConverged">This node leads, and the core agreed when it last looked.</param>
/// <param name="LeaveAwaits">What this node's exit waits for, by name.</param>
/// <param name="Queued">Records that wait to be passed on.</param>
/// <param name="Tombstones">Removed processes remembered.</param>
/// <param name="MessagesSent">Since the start, like all counts here.</param>
/// <param name="MessagesReceived">Of membership only.</param>
/// <param name="BytesSent">Before encryption.</param>
/// <param name="BytesReceived">Before encryption.</param>
/// <param name="RecordsApplied">Received records that were news.</param>
/// <param name="Malformed">Records or messages that broke a bound.</param>
/// <param name="OtherCluster">Messages of another cluster.</param>
/// <param name="JoinsRefused">By this node.</param>
/// <param name="Members">In address order.</param>
public sealed record MembershipFacts(
    string WaitsFor,
    bool HasConverged,
    ImmutableArray<string> LeaveAwaits,
    int Queued,
    int Tombstones,
    long MessagesSent,
    long MessagesReceived,
    long BytesSent,
    long BytesReceived,
    long RecordsApplied,
    long Malformed,
    long OtherCluster,
    long JoinsRefused,
    ImmutableArray<MemberFacts> Members);

/// <summary>What membership itself knows of a member beyond the published view.</summary>
/// <param name="Node">Who.</param>
/// <param name="LastHeard">Time since its last message of membership to this node; null: none yet. Few members talk to each other.</param>
/// <param name="UnreachableFor">Null: reachable.</param>
/// <param name="Agrees">A core member that sees the same core as this node; null for edge members and those not heard.</param>
/// <param name="Reason">Why it is Down; empty otherwise.</param>
public sealed record MemberFacts(UniqueAddress Node, TimeSpan? LastHeard, TimeSpan? UnreachableFor, bool? Agrees, string Reason);
