using Mesh.Node.Config;
using Mesh.Routing.Destinations;
using Mesh.Wire;

namespace Mesh.Node.Health;

/// <summary>One endpoint's checks, one after the other: a timer, a check, what it says, the timer again.</summary>
/// <remarks>
/// Runs on the pool. A check that ends after <see cref="Stop"/> says nothing any more: whoever has the lock first has the last word on the
/// endpoint.
/// </remarks>
internal sealed class EndpointCheck : IDisposable
{
    private readonly Lock _gate = new();
    private readonly DestinationChecks _owner;
    private readonly CancellationTokenSource _end = new();
    private readonly ITimer _timer;
    private Endpoint _endpoint;
    private HealthState _state;
    private CheckResult _lastBad;
    private SplitMix64 _random;
    private int _checks;
    private bool _isUnderWay;
    private bool _isOver;

    /// <param name="owner">What is asked, by whom, and who counts.</param>
    /// <param name="endpoint">Whom to check.</param>
    /// <param name="past">What was known of this address when it left, or blank.</param>
    /// <param name="random">A sequence of its own.</param>
    /// <param name="areFew">It did not join with many others.</param>
    public EndpointCheck(DestinationChecks owner, Endpoint endpoint, HealthPast past, SplitMix64 random, bool areFew)
    {
        _owner = owner;
        _endpoint = endpoint;
        _random = random;
        (_state, _lastBad) = past;
        Tell();

        // Armed when it is known: a timer that fires at once would find no timer to set again.
        _timer = owner.Time.CreateTimer(static self => ((EndpointCheck)self!).Begin(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Await(HealthTimes.First(owner.Interval, areFew, ref _random));
    }

    /// <summary>The address has another object now, which is to know what the one before knew.</summary>
    public void Adopt(Endpoint endpoint)
    {
        lock (_gate)
        {
            if (_isOver || ReferenceEquals(endpoint, _endpoint)) return;
            _endpoint = endpoint;
            Tell();
        }
    }

    /// <summary>The config has changed: the next check comes as if the endpoint had just joined with many.</summary>
    public void Reschedule()
    {
        lock (_gate)
        {
            if (!_isOver && !_isUnderWay) Await(HealthTimes.Second(_owner.Interval, ref _random));
        }
    }

    /// <summary>The endpoint left: no further check. What was known of it, for when it comes back.</summary>
    public HealthPast Stop()
    {
        lock (_gate) _isOver = true;
        _timer.Dispose();
        _end.Cancel();
        return new HealthPast(_state, _lastBad);
    }

    /// <summary>Checks are switched off: what nobody checks is not sick.</summary>
    public void SwitchOff()
    {
        Stop();
        lock (_gate) _endpoint.SetSick(false);
    }

    /// <summary>As <see cref="Stop"/>, for whoever wants to know nothing.</summary>
    public void Dispose() => Stop();

    private void Begin()
    {
        lock (_gate)
        {
            if (_isOver) return;
            _isUnderWay = true;
        }

        _ = RunAsync();
    }

    private async Task RunAsync()
    {
        HealthCheckConfig config = _owner.Config;
        try
        {
            HealthTerms terms = _owner.Terms.For(_endpoint.Key.Protocol);
            // A server of many hosts is asked as requests ask it, unless the config knows better.
            HealthCheckConfig asked = config.Host is null && _endpoint.Key.Authority is { } host ? config with { Host = host } : config;
            Learn(await _owner.Probe.CheckAsync(_endpoint.Address, asked, _end.Token, terms).ConfigureAwait(false), config);
        }
        catch (OperationCanceledException)
        {
            // The endpoint left, or checks were switched off.
        }
    }

    private void Learn(in CheckResult result, HealthCheckConfig config)
    {
        lock (_gate)
        {
            if (_isOver) return;
            _isUnderWay = false;
            _owner.Series.Count(result.Verdict);
            if (result.Verdict != CheckVerdict.Void) _state = _state.Next(result.Verdict == CheckVerdict.Good, config);
            if (result.Verdict == CheckVerdict.Bad) _lastBad = result;
            Tell();
            TimeSpan interval = _owner.Interval;
            Await(_checks++ == 0 ? HealthTimes.Second(interval, ref _random) : HealthTimes.Next(interval, ref _random));
        }
    }

    /// <summary>Costs nothing where nothing has changed.</summary>
    private void Tell() => _endpoint.SetSick(_state.IsSick, _lastBad.Evidence, _lastBad.Refuses);

    private void Await(TimeSpan wait) => _timer.Change(wait, Timeout.InfiniteTimeSpan);
}

/// <summary>What is known of an address. Default: nothing.</summary>
/// <param name="State">What its checks made of it.</param>
/// <param name="LastBad">The last check that went badly.</param>
internal readonly record struct HealthPast(HealthState State, CheckResult LastBad);
