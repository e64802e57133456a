using System.Collections.Immutable;
using Mesh.Discovery.Services;
using Mesh.Node.Config;
using Mesh.Wire;

namespace Mesh.Node.Health;

/// <summary>
/// The checks of the instances that this node hosts, in step with what is registered: the node alone asks them, the fleet hears what it finds.
/// </summary>
/// <remarks>
/// Any thread. An instance whose place or check changes is checked anew, soon; new tags or a new weight are no reason to doubt its health. One that
/// goes is not checked any more.
/// </remarks>
internal sealed class InstanceChecks : IDisposable
{
    private readonly Lock _gate = new();
    private readonly LocalServices _local;
    private readonly HealthProbe _probe;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, InstanceCheckLoop> _loops = new(StringComparer.Ordinal);
    private readonly IDisposable _subscription;
    private SplitMix64 _seeds;
    private bool _isOver;

    public InstanceChecks(LocalServices local, HealthProbe probe, TimeProvider time, ulong seed)
    {
        (_local, _probe, _time, _seeds) = (local, probe, time, new SplitMix64(seed));
        _subscription = local.Set.OnChange(TakeUp);
        TakeUp();
    }

    public void Dispose()
    {
        _subscription.Dispose();
        lock (_gate)
        {
            _isOver = true;
            foreach (InstanceCheckLoop loop in _loops.Values) loop.Dispose();
            _loops.Clear();
        }
    }

    private void TakeUp()
    {
        lock (_gate)
        {
            if (_isOver) return;
            ImmutableArray<Registration> all = _local.Set.Current.Registrations;
            Dictionary<string, Registration> present = all.ToDictionary(static each => each.Key, StringComparer.Ordinal);
            foreach ((string key, InstanceCheckLoop loop) in _loops)
            {
                if (present.TryGetValue(key, out Registration? same) && same.IsCheckedLike(loop.Registration)) continue;
                loop.Dispose();
                _loops.Remove(key);
            }

            foreach (Registration registration in all)
            {
                if (registration.Check is not { } check || _loops.ContainsKey(registration.Key)) continue;
                SplitMix64 random = new(_seeds.Next());
                _loops.Add(registration.Key, new InstanceCheckLoop(registration, ConfigOf(check), _local, _probe, _time, random));
            }
        }
    }

    private static HealthCheckConfig ConfigOf(InstanceCheck check) => new()
    {
        Path = check.Path,
        Host = check.Host,
        Port = check.Port,
        IntervalMs = check.IntervalMs,
        TimeoutMs = check.TimeoutMs,
        HealthyThreshold = check.HealthyThreshold,
        UnhealthyThreshold = check.UnhealthyThreshold,
    };
}

/// <summary>One instance's checks, one after the other, the first at once.</summary>
internal sealed class InstanceCheckLoop : IDisposable
{
    private readonly HealthCheckConfig _config;
    private readonly LocalServices _local;
    private readonly HealthProbe _probe;
    private readonly CancellationTokenSource _end = new();
    private readonly ITimer _timer;
    private SplitMix64 _random;

    /// <summary>One good check is enough for a beginner; whoever fell ill needs its threshold.</summary>
    private HealthState _state;

    public InstanceCheckLoop(
        Registration registration, HealthCheckConfig config, LocalServices local, HealthProbe probe, TimeProvider time, SplitMix64 random)
    {
        (Registration, _config, _local, _probe, _random) = (registration, config, local, probe, random);
        _state = new HealthState(IsSick: true, Streak: config.HealthyThreshold - 1);
        TimerCallback check = static self => _ = ((InstanceCheckLoop)self!).CheckAsync();
        _timer = time.CreateTimer(check, this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>As it was when the checks began.</summary>
    public Registration Registration { get; }

    public void Dispose()
    {
        _end.Cancel();
        _timer.Dispose();
    }

    private async Task CheckAsync()
    {
        try
        {
            HealthTerms terms = HealthTerms.Plain.For(ServiceInstance.ProtocolOf(Registration.Protocol));
            CheckResult result = await _probe.CheckAsync(Registration.App, _config, _end.Token, terms).ConfigureAwait(false);
            if (result.Verdict != CheckVerdict.Void)
            {
                bool isGood = result.Verdict == CheckVerdict.Good;
                _state = _state.Next(isGood, _config);
                _local.Report(Registration, !_state.IsSick, isGood ? "" : $"health check: {result.Evidence}");
            }

            _timer.Change(HealthTimes.Next(TimeSpan.FromMilliseconds(_config.IntervalMs), ref _random), Timeout.InfiniteTimeSpan);
        }
        catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException)
        {
            // It is not registered any more, or the node ends.
        }
    }
}
