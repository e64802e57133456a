using System.Collections.Immutable;
using Mesh.Discovery.Services;
using Mesh.Node.Config;
using Mesh.Wire;

namespace Mesh.Node.Health;

/// <summary>
/// The checks of the instances that this node hosts, in step with what is registered: the node alone asks them, the fleet hears what it finds.
/// </summary>
/// <remarks>Any thread. A registration that is replaced is checked anew, soon; one that goes is not checked any more.</remarks>
internal sealed class InstanceChecks : IDisposable
{
    private readonly Lock _gate = new();
    private readonly LocalServices _local;
    private readonly HealthProbe _probe;
    private readonly TimeProvider _time;
    private readonly Dictionary<Registration, InstanceCheckLoop> _loops = new(ReferenceEqualityComparer.Instance);
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
            HashSet<Registration> present = new(all, ReferenceEqualityComparer.Instance);
            foreach ((Registration registration, InstanceCheckLoop loop) in _loops)
            {
                if (present.Contains(registration)) continue;
                loop.Dispose();
                _loops.Remove(registration);
            }

            foreach (Registration registration in all)
            {
                if (registration.Check is not { } check || _loops.ContainsKey(registration)) continue;
                _loops.Add(registration, new InstanceCheckLoop(registration, ConfigOf(check), _local, _probe, _time, new SplitMix64(_seeds.Next())));
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
    private readonly Registration _registration;
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
        (_registration, _config, _local, _probe, _random) = (registration, config, local, probe, random);
        _state = new HealthState(IsSick: true, Streak: config.HealthyThreshold - 1);
        TimerCallback check = static self => _ = ((InstanceCheckLoop)self!).CheckAsync();
        _timer = time.CreateTimer(check, this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _end.Cancel();
        _timer.Dispose();
    }

    private async Task CheckAsync()
    {
        try
        {
            HealthTerms terms = HealthTerms.Plain.For(ServiceInstance.ProtocolOf(_registration.Protocol));
            CheckResult result = await _probe.CheckAsync(_registration.App, _config, _end.Token, terms).ConfigureAwait(false);
            if (result.Verdict != CheckVerdict.Void)
            {
                bool isGood = result.Verdict == CheckVerdict.Good;
                _state = _state.Next(isGood, _config);
                _local.Report(_registration, !_state.IsSick, isGood ? "" : $"health check: {result.Evidence}");
            }

            _timer.Change(HealthTimes.Next(TimeSpan.FromMilliseconds(_config.IntervalMs), ref _random), Timeout.InfiniteTimeSpan);
        }
        catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException)
        {
            // It is not registered any more, or the node ends.
        }
    }
}
