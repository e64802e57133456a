namespace Mesh.Actors.Membership.Detection;

/// <summary>
/// How soon silence is doubted. A core node that dies is accused after about
/// <c>heartbeat + pause + deviations(threshold) * max(deviation, min deviation) + probe</c> = 1 + 3 + 0.56 + 0.5 s; half a tick and gossip come
/// on top.
/// </summary>
public sealed record DetectorSettings
{
    /// <summary>Akka's: one false alarm in 10^8 looks, if intervals were normal.</summary>
    public const double DefaultThreshold = 8.0;

    public static readonly TimeSpan DefaultCoreHeartbeat = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan DefaultEdgeHeartbeat = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan DefaultAcceptablePause = TimeSpan.FromSeconds(3);
    public static readonly TimeSpan DefaultProbeTimeout = TimeSpan.FromMilliseconds(500);
    public static readonly TimeSpan DefaultSuspicionTime = TimeSpan.FromSeconds(2);

    /// <summary>Between two pings to a core member; 100 ms to 1 min. Each is spread by 5 % to both sides.</summary>
    public TimeSpan CoreHeartbeat { get; init; } = DefaultCoreHeartbeat;

    /// <summary>The same to an edge member.</summary>
    public TimeSpan EdgeHeartbeat { get; init; } = DefaultEdgeHeartbeat;

    /// <summary>Phi from which a peer is probed; 1 to 24. Higher: slower and calmer.</summary>
    public double Threshold { get; init; } = DefaultThreshold;

    /// <summary>
    /// Silence that is added to the mean interval before anything is suspicious: pauses of garbage collection, lost packets. 3 s in a LAN, 8 s in
    /// a WAN.
    /// </summary>
    public TimeSpan AcceptablePause { get; init; } = DefaultAcceptablePause;

    /// <summary>Least standard deviation of intervals: very even heartbeats must not make the detector nervous.</summary>
    public TimeSpan MinDeviation { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long direct and indirect pings have before the peer is suspected; helpers say no after 60 % of it. Times (1 + health).</summary>
    public TimeSpan ProbeTimeout { get; init; } = DefaultProbeTimeout;

    /// <summary>Helpers asked for indirect pings (SWIM's k).</summary>
    public int IndirectProbes { get; init; } = 3;

    /// <summary>A frame of any kind within this time proves life.</summary>
    public TimeSpan RecentTraffic { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long one observer alone suspects before it insists: from <c>this * max(1, log10 N)</c> to <see cref="MaxSuspicionFactor"/> times that; see
    /// <see cref="SuspicionTime"/>.
    /// </summary>
    public TimeSpan SuspicionBase { get; init; } = DefaultSuspicionTime;

    /// <summary>The longest suspicion in shortest ones.</summary>
    public int MaxSuspicionFactor { get; init; } = 3;

    /// <summary>
    /// How often the detector looks at its peers, spread by 10 %. All its time-outs end on such a look, after the look at its own health.
    /// </summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>A loop later than this costs a point of health.</summary>
    public TimeSpan LateLoop { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>A tick later than this costs a point of health.</summary>
    public TimeSpan LateTimer { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// A tick later than this means that the process stood still (SIGSTOP, a long collection, a frozen machine): all histories start anew.
    /// </summary>
    public TimeSpan Paused { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Quiet time that gives a point of health back.</summary>
    public TimeSpan Recovery { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The interval by the role of the one that is watched.</summary>
    public TimeSpan HeartbeatOf(Member member) => member.IsCore ? CoreHeartbeat : EdgeHeartbeat;
}
