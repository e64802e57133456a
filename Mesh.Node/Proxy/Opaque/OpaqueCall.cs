using System.Net;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Routing.Limits;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;
using Mesh.Wire.Transports;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>
/// One attempt after the other to give a connection its endpoint: a place, a lease and a connection, held together until it ends.
/// </summary>
/// <remarks>On the connection's loop; one object a connection.</remarks>
/// <param name="loop">The connection's.</param>
/// <param name="client">Whose endpoint it is; null: of a client of another node.</param>
internal sealed class OpaqueCall(EventLoop loop, Transport? client) : LoopTimer
{
    /// <summary>
    /// A connection that has lived so long has proven its endpoint: what breaks it later, a restart or a firewall's patience, is no reason to shun
    /// who takes connections. One second: who accepts and has nobody behind breaks at once.
    /// </summary>
    public const long ProofNs = 1_000_000_000;

    private Backend _backend = null!;
    private PairMetrics? _pair;
    private Endpoint? _excluded;
    private EndpointLease _lease;
    private RawDialing? _raw;
    private IPEndPoint? _near;
    private HeldPlace _place;
    private bool _leased;
    private bool _proven;
    private long _connectedNs;

    /// <summary>The endpoint's connection; null before and after, and where there is a <see cref="Tunnel"/>.</summary>
    public Transport? Transport { get; private set; }

    /// <summary>The connection to an instance behind another node.</summary>
    public MeshTunnel? Tunnel { get; private set; }

    /// <summary>Who is told when the client goes away while a place is waited for; else null.</summary>
    public IGoneWatcher? Waiting { get; private set; }

    /// <summary>What the endpoint is told of another node's client, as that node said.</summary>
    public Introduction Told { get; init; }

    public IPEndPoint Address => _lease.Endpoint.Address;

    public void Begin(Backend backend, PairMetrics? pair)
    {
        GiveBackPlace();
        (_backend, _pair, _excluded) = (backend, pair, null);
    }

    /// <summary>Where the next attempt goes: elsewhere than the one before, if it can.</summary>
    public void Again(Backend backend, PairMetrics? pair)
    {
        if (!ReferenceEquals(backend, _backend)) _excluded = null;
        (_backend, _pair) = (backend, pair);
    }

    /// <summary>Waits for a place, picks an endpoint, connects. A fault holds nothing.</summary>
    /// <param name="deadlineNs">When the place is given up, monotonic nanoseconds.</param>
    public async ValueTask<FaultReport> OpenAsync(long deadlineNs)
    {
        FaultReport refusal = await EnterAsync(deadlineNs);
        if (!refusal.IsNone) return refusal;
        ulong affinity = _backend.Settings.Affinity?.OfSource(client?.RemoteEndPoint?.Address) ?? 0;
        if (!_backend.Destination.TryPick(new PickRequest(EventLoop.NowNs, _excluded, affinity), ref loop.Random, out _lease))
        {
            GiveBackPlace();
            return FaultTexts.NobodyLeft(_backend.Id);
        }

        _leased = true;
        _proven = false;
        _connectedNs = 0;
        return await DialAsync();
    }

    /// <summary>It is over: all that was held goes back.</summary>
    /// <param name="outcome">Ignored: it says nothing, and counts nowhere.</param>
    /// <param name="fault">What went wrong, if anything.</param>
    public void Finish(Outcome outcome, Fault fault)
    {
        if (_leased) End(outcome, fault);
        else GiveBackPlace();
    }

    protected override void OnDeadline()
    {
        if (!_leased) return;
        _proven = true;
        _lease.Tell(Outcome.Success, EventLoop.NowNs);
    }

    private async ValueTask<FaultReport> DialAsync()
    {
        var endpoint = (PooledEndpoint)_lease.Endpoint.Resource!;
        if (_lease.Endpoint.Key.Instance is { } instance)
        {
            (Tunnel, FaultReport fault) = await MeshTunnel.OpenAsync(loop, endpoint, instance, Introduce(), Address, _backend.Id);
            return Tunnel is null ? Fail(fault, isOurs: fault.Fault.Party == FaultParty.Node) : Connected(endpoint.Raw);
        }

        PoolDial dial = await endpoint.Raw.DialAsync(loop, Introduce().ToHeader(), near => _near = near);
        Transport = dial.Transport;
        if (Transport is not null) return Connected(endpoint.Raw);
        if (dial.Tls != Wire.Tls.TlsFailure.None) _backend.Series.CountTls(loop.Index, dial.Tls);
        return Fail(FaultTexts.OfPool(dial.Result, Address, _backend.Id, isNode: false), dial.Error.IsOurOwn());
    }

    /// <summary>Who the client is and what it connected to, where endpoints are told.</summary>
    private Introduction Introduce() => client is null ? Told : Introduction.Of(_backend.Settings.ProxyHeader, client);

    private FaultReport Connected(RawDialing raw)
    {
        _backend.Series.Connects.Add(loop.Index);
        _raw = raw;
        raw.Enter();
        _connectedNs = EventLoop.NowNs;
        Set(loop, In(ProofNs));
        return default;
    }

    private FaultReport Fail(FaultReport report, bool isOurs)
    {
        _backend.Series.ConnectFailures.Add(loop.Index);
        End(isOurs ? Outcome.Ignored : Outcome.ConnectFailure, report.Fault);
        return report;
    }

    private async ValueTask<FaultReport> EnterAsync(long deadlineNs)
    {
        ConcurrencyLimit? limit = _backend.Concurrency;
        if (_place.TryEnter(limit)) return default;
        ValueTask<Admission> wait = limit!.WaitAsync(loop, deadlineNs, EventLoop.NowNs, out AdmissionWaiter? waiter);
        Waiting = waiter;
        Admission admission = await wait;
        Waiting = null;
        if (admission != Admission.Admitted) return FaultTexts.OfAdmission(admission, limit, _backend.Id);
        _place.Take(limit);
        return default;
    }

    private void GiveBackPlace()
    {
        long now = EventLoop.NowNs;
        _place.GiveBack(now, now, Outcome.Ignored);
    }

    /// <summary>How long people talk is no latency: a limit or a balancer that learnt it would shun the endpoint.</summary>
    private void End(Outcome outcome, Fault fault)
    {
        long now = EventLoop.NowNs;
        Remove(loop);
        _raw?.Leave();
        if (_near is { } near) ((PooledEndpoint)_lease.Endpoint.Resource!).Raw.Forget(near);
        (_raw, _near) = (null, null);
        (Transport, Tunnel) = (null, null);
        GiveBackPlace();
        _leased = false;
        _excluded = _lease.Endpoint;
        _lease.Complete(_proven ? Outcome.Ignored : outcome, now, tellsLatency: false);
        if (outcome == Outcome.Ignored) return;
        bool success = outcome == Outcome.Success;
        long latency = (_connectedNs == 0 ? now : _connectedNs) - _lease.StartNs;
        _backend.Metrics.CompleteOpaque(loop.Index, success, latency);
        _backend.Metrics.CountFault(loop.Index, fault);
        _pair?.Complete(loop.Index, success, latency);
    }
}
