using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Mesh.Actors.Clustering;
using Mesh.Actors.Shutdown;
using Mesh.Node.Config;
using Mesh.Wire;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Hosting;

/// <summary>
/// This node's place in its cluster, through all its memberships there. A node that is downed, by itself or by others, has lost its membership and
/// nothing else: listeners, pools, routes and services go on with what is known, and a new membership is begun, under a new uid, with what the last
/// one knew.
/// </summary>
/// <remarks>
/// Like a shopkeeper who is struck off the guild's list: the shop stays open by yesterday's prices, and he knocks again, as a newcomer, until he is
/// let in. Any thread; one change of membership at a time.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Whoever ends the node may say so twice; neither holds anything of the system.")]
internal sealed class ClusterSeat
{
    private readonly ClusterTenants _tenants;
    private readonly MetricRegistry _registry;
    private readonly NodeLog _log;
    private readonly TimeProvider _time;
    private readonly Action<string> _leaving;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _ending = new();
    private SplitMix64 _random;
    private string _name = "";
    private ClusterOptions? _options;
    private volatile ClusterLife? _life;
    private int _attempts;
    private int _rejoins;
    private long _outSince;

    /// <summary>The cluster's own phases of its end together, when each takes all its time.</summary>
    private static readonly TimeSpan s_endTime = TimeSpan.FromSeconds(120);

    /// <param name="tenants">Who lives in it.</param>
    /// <param name="registry">For its series.</param>
    /// <param name="log">For its words.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="seed">Of its chance.</param>
    /// <param name="leaving">The node leaves its cluster in order, and so ends; called at least once, quick.</param>
    public ClusterSeat(ClusterTenants tenants, MetricRegistry registry, NodeLog log, TimeProvider time, ulong seed, Action<string> leaving)
    {
        (_tenants, _registry, _log, _time, _leaving) = (tenants, registry, log, time, leaving);
        _random = new SplitMix64(seed);
        _outSince = time.GetTimestamp();
    }

    /// <summary>The newest membership, also one that is over; null for a node for itself, and before the start.</summary>
    public Cluster? Cluster => _life?.Cluster;

    /// <summary>The membership ends after the servers and before the actors.</summary>
    public void JoinShutdown(CoordinatedShutdown shutdown)
    {
        shutdown.SetTimeout(CoordinatedShutdown.PhaseClusterShutdown, s_endTime);
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterShutdown, "leave the cluster", _ => EndAsync(shutdown.Reason!));
    }

    /// <summary>Begins the first membership.</summary>
    /// <param name="config">May name no cluster; then there is never one.</param>
    /// <param name="open">Called once the cluster's port and files are this node's, and before anything is told of it.</param>
    /// <exception cref="IOException">It cannot start; the message says what and what to do.</exception>
    public async Task StartAsync(MeshConfig config, Action open)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (config.Cluster is { } cluster)
            {
                _name = ClusterParts.SystemName(config);
                _options = ClusterParts.Options(config, cluster, _log, _time) with { Composing = _tenants.Services.Compose };
                RegisterMetrics();
                _life = await BeginAsync(_options).ConfigureAwait(false);
            }

            open();
            if (_life is { } life) await _tenants.MoveInAsync(life.Cluster).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends the membership in order, and begins no other. Idempotent.</summary>
    public async Task EndAsync(ShutdownReason reason)
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_life is { } life) await life.EndAsync(reason).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Breaks the membership off, as when the process is killed, and begins no other.</summary>
    public async Task AbortAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        if (_life is { } life) await life.Cluster.AbortAsync().ConfigureAwait(false);
    }

    private Task<ClusterLife> BeginAsync(ClusterOptions options) =>
        ClusterLife.StartAsync(_name, options with { Ending = OnEnding }, _registry);

    /// <summary>On the control loop of the membership that ends.</summary>
    private void OnEnding(ShutdownReason reason)
    {
        if (reason == ShutdownReason.ClusterDowning) _ = Task.Run(RejoinAsync);
        else _leaving(reason.Text);
    }

    private async Task RejoinAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_life is not { } last || _ending.IsCancellationRequested) return;
            Volatile.Write(ref _outSince, _time.GetTimestamp());
            if (last.Age >= RejoinBackoff.Calm) _attempts = 0;
            string why = (await last.Cluster.WhenRemoved.ConfigureAwait(false)).Reason;
            _log.Warning("cluster", $"this node is out of its cluster ({why}): it joins again as a new member, requests go on by what it knows");
            _tenants.Rest($"this node is out of its cluster ({why}) and joins again by itself");
            await last.EndAsync(ShutdownReason.ClusterDowning).ConfigureAwait(false);
            await AgainAsync(last.Cluster).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The node ends; what is left to end is ended by whoever said so.
        }
        catch (Exception bug)
        {
            _log.Error("cluster", "a bug: this node does not join its cluster again until it is restarted; requests go on by what it knows", bug);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Tries until a membership has begun: at the address by which others know this node, whatever port the config left to chance.</summary>
    private async Task AgainAsync(Cluster last)
    {
        ClusterSettings settings = _options!.Settings;
        ClusterOptions options = _options with
        {
            Inherited = last.Copies,
            Settings = settings with { Remoting = settings.Remoting with { Bind = last.Bound } },
        };
        while (true)
        {
            TimeSpan wait = RejoinBackoff.After(_attempts++, _random.NextDouble());
            await Task.Delay(wait, _time, _ending.Token).ConfigureAwait(false);
            try
            {
                ClusterLife life = await BeginAsync(options).ConfigureAwait(false);
                _life = life;
                int rejoins = Interlocked.Increment(ref _rejoins);
                await _tenants.MoveInAsync(life.Cluster).ConfigureAwait(false);
                _log.Info("cluster", string.Create(CultureInfo.InvariantCulture,
                    $"looks for its cluster again, as {life.Cluster.Self}, after {wait.TotalSeconds:0.0} s; rejoins since the start: {rejoins}"));
                return;
            }
            catch (IOException fault)
            {
                _log.Error("cluster", $"this node cannot join again yet, and goes on trying: {fault.Message}");
            }
        }
    }

    private void RegisterMetrics()
    {
        _registry.ObservedCounter(
            ClusterSeatMetricNames.Rejoins,
            "Memberships that this node began after it had been downed.",
            LabelSet.Empty,
            () => Volatile.Read(ref _rejoins));
        _registry.Gauge(ClusterSeatMetricNames.Out, "How long this node has been no member of its cluster.", LabelSet.Empty, OutSeconds);
    }

    private double OutSeconds()
    {
        bool isMember = _life?.Cluster is { WhenRemoved.IsCompleted: false, State.SelfMember: not null };
        return isMember ? 0 : _time.GetElapsedTime(Volatile.Read(ref _outSince)).TotalSeconds;
    }
}
