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

namespace Mesh.Node.Proxy;

/// <summary>
/// One attempt after the other to have a request answered by a backend: a lease on an endpoint and a connection to it, taken together and
/// ended together.
/// </summary>
/// <remarks>Hot path: one object per client connection, reused. A lease is completed exactly once, whatever becomes of the attempt.</remarks>
/// <param name="server">The client's side.</param>
/// <param name="measures">Bodies are measured.</param>
internal sealed class BackendCall(IServerExchange server, bool measures)
{
    private readonly EventLoop _loop = server.Loop;
    private Backend _backend = null!;
    private PairMetrics? _pair;
    private Endpoint? _excluded;
    private EndpointLease _lease;
    private HeldPlace _place;
    private bool _leased;
    private bool _isTunnel;

    /// <summary>The connection of the present attempt; null before and after.</summary>
    public IClientExchange? Client { get; private set; }

    public IPEndPoint Address => _lease.Endpoint.Address;

    /// <summary>Who is meant behind the inbound side that the present attempt goes to, <c>service/id</c>; null: whoever listens there.</summary>
    public string? Instance => _lease.Endpoint.Key.Instance;

    /// <summary>What passes in the present attempt; null: nobody wants to know.</summary>
    public StreamMeter? Streams { get; } = measures ? new StreamMeter() : null;

    /// <summary>What the present attempt is sent with as its authority; empty: the request's own.</summary>
    public byte[] Authority => ((PooledEndpoint)_lease.Endpoint.Resource!).Authority;

    /// <summary>Requests that are out to the endpoint of the present attempt.</summary>
    public int InFlight => _lease.Endpoint.InFlight;

    /// <summary>Of the request's attempt before, or null.</summary>
    public IPEndPoint? LastAddress => _excluded?.Address;

    /// <summary>When the present attempt had its connection, monotonic nanoseconds: its time to answer runs from here.</summary>
    public long StartNs { get; private set; }

    /// <summary>An endpoint is leased.</summary>
    public bool IsLeased => _leased;

    /// <summary>A new request, which may be refused before <see cref="Begin"/>: nothing is known of its attempts.</summary>
    public void Forget()
    {
        _excluded = null;
        Streams?.Forget();
    }

    /// <summary>Where a request goes, or goes instead before anything was taken.</summary>
    /// <param name="backend">Where it goes.</param>
    /// <param name="pair">The series of the service with that backend; null where there is none.</param>
    public void Begin(Backend backend, PairMetrics? pair)
    {
        GiveBackPlace(EventLoop.NowNs, Outcome.Ignored);
        _backend = backend;
        _pair = pair;
        _excluded = null;
    }

    /// <summary>Where the next attempt of the same request goes: elsewhere than the one before, if it can.</summary>
    public void Again(Backend backend, PairMetrics? pair)
    {
        if (!ReferenceEquals(backend, _backend)) _excluded = null;
        _backend = backend;
        _pair = pair;
    }

    /// <summary>
    /// Takes one of the destination's places, picks an endpoint and takes an idle connection to it; false when one must be waited for or opened, or
    /// when there is nobody.
    /// </summary>
    /// <param name="mustBeOpen">The request must not be sent twice: the system is asked whether the backend has closed just now.</param>
    public bool TryTake(bool mustBeOpen)
    {
        if (!_place.TryEnter(_backend.Concurrency) || !_backend.Destination.TryPick(Pick(_excluded), ref _loop.Random, out _lease)) return false;
        _leased = true;
        ConnectionPool pool = PoolFor(server.Request);
        do
        {
            Client = pool.TryTake(_loop);
        }
        while (mustBeOpen && Client is not null && !Client.IsStillOpen());
        StartNs = _lease.StartNs;
        return Client is not null;
    }

    /// <summary>
    /// Leases another endpoint for a request that <paramref name="first"/> has sent and still waits for. False: there is no other, or no free
    /// place; nothing is held then.
    /// </summary>
    public bool TryLeaseBeside(BackendCall first)
    {
        Begin(first._backend, first._pair);
        if (!_place.TryEnter(_backend.Concurrency)) return false;
        long now = EventLoop.NowNs;
        Endpoint other = first._lease.Endpoint;
        if (_backend.Destination.TryPick(Pick(other), ref _loop.Random, out _lease))
        {
            _leased = !ReferenceEquals(_lease.Endpoint, other);
            if (_leased) return true;
            _lease.Complete(Outcome.Ignored, now);
        }

        GiveBackPlace(now, Outcome.Ignored);
        return false;
    }

    /// <summary>Takes an idle connection to the leased endpoint; false when one must be opened.</summary>
    public bool TryConnect()
    {
        Client = PoolFor(server.Request).TryTake(_loop);
        StartNs = _lease.StartNs;
        return Client is not null;
    }

    /// <summary>The endpoint that would be picked now; nothing is sent there.</summary>
    public IPEndPoint? Peek()
    {
        if (!_backend.Destination.TryPick(Pick(null), ref _loop.Random, out EndpointLease lease)) return null;
        lease.Complete(Outcome.Ignored, EventLoop.NowNs);
        return lease.Endpoint.Address;
    }

    /// <summary>Does what <see cref="TryTake"/> could not: waits for a place, picks, opens a connection to the picked endpoint.</summary>
    /// <param name="mustBeOpen">As there.</param>
    /// <param name="deadlineNs">When nobody waits for the request any more; Never without a limit.</param>
    public async ValueTask<FaultReport> OpenColdAsync(bool mustBeOpen, long deadlineNs)
    {
        // Once, unless a reload brings a limit just between the two steps.
        while (!_place.IsHeld)
        {
            FaultReport refusal = await EnterColdAsync(deadlineNs);
            if (!refusal.IsNone || TryTake(mustBeOpen)) return refusal;
        }

        if (!_leased)
        {
            GiveBackPlace(EventLoop.NowNs, Outcome.Ignored);
            return FaultTexts.NobodyLeft(_backend.Id);
        }

        PoolResult result = await PoolFor(server.Request).OpenAsync(_loop, deadlineNs);
        Client = result.Connection;
        StartNs = EventLoop.NowNs;
        if (Client is { IsReused: false }) _backend.Series.Connects.Add(_loop.Index);
        if (Client is not null) return default;
        bool isMade = result.Failure is not (PoolFailure.Connect or PoolFailure.Tls);
        if (!isMade) _backend.Series.ConnectFailures.Add(_loop.Index);
        if (result.Failure == PoolFailure.Tls) _backend.Series.CountTls(_loop.Index, result.Tls);
        FaultReport report = FaultTexts.OfPool(result, Address, _backend.Id, Instance is not null);
        End(isMade || result.Error.IsOurOwn() ? Outcome.Ignored : Outcome.ConnectFailure, 0, report.Fault);
        return report;
    }

    /// <summary>
    /// The backend switched protocols: the connection is a tunnel, and the client's last. How long people chat there is no latency; a balancer or
    /// a limit that learnt it would shun the endpoint for minutes.
    /// </summary>
    public void BecomeTunnel()
    {
        Client!.BecomeTunnel();
        Streams?.BecomeTunnel();
        _isTunnel = true;
    }

    /// <summary>The attempt failed: its connection closes; another attempt goes elsewhere if it can.</summary>
    public void Fail(Outcome outcome, Fault fault, int status = 0, long restNs = 0)
    {
        Client?.Abort();
        End(outcome, status, fault, restNs);
    }

    /// <summary>Nobody waits for it any more: the connection closes, and the endpoint takes at least as long as it took.</summary>
    public void GiveUp()
    {
        if (!_leased) return;
        long now = EventLoop.NowNs;
        _lease.ObserveAtLeast(now);

        // A limit that heard only of those who were patient would never shrink; one that believed the impatient would take them for fast.
        if (_place.BaseLatencyNs is > 0 and var usual && now - _lease.StartNs > usual) GiveBackPlace(now, Outcome.Success);
        Fail(Outcome.Ignored, default);
    }

    /// <summary>The exchange is over and the connection may serve others. Nothing when there is none.</summary>
    /// <param name="outcome">What became of it.</param>
    /// <param name="status">Of the response; 0: there was none.</param>
    /// <param name="fault">What went wrong, if anything.</param>
    /// <param name="restNs">How long the endpoint asks to be spared, nanoseconds; 0: it does not.</param>
    public void Finish(Outcome outcome, int status, Fault fault, long restNs = 0)
    {
        if (!_leased) return;
        if (outcome == Outcome.Ignored) Client?.Abort();
        else Client?.Release();
        End(outcome, status, fault, restNs);
    }

    /// <summary>A bug ended the request, wherever it stood: nothing stays held.</summary>
    public void Abandon()
    {
        Finish(Outcome.Ignored, 0, default);
        GiveBackPlace(EventLoop.NowNs, Outcome.Ignored);
    }

    private PickRequest Pick(Endpoint? excluded)
    {
        ulong affinity = _backend.Settings.Affinity is { } key ? key.Of(server.Request, server.RemoteAddress) : 0;
        return new PickRequest(EventLoop.NowNs, excluded, affinity);
    }

    private async ValueTask<FaultReport> EnterColdAsync(long deadlineNs)
    {
        if (_backend.Concurrency is not { } limit) return default;
        if (server.IsGone) return FaultTexts.ClientGone;
        ValueTask<Admission> wait = limit.WaitAsync(_loop, deadlineNs, EventLoop.NowNs, out AdmissionWaiter? waiter);
        server.GoneWatcher = waiter;
        Admission admission = await wait;
        server.GoneWatcher = null;
        if (admission != Admission.Admitted) return FaultTexts.OfAdmission(admission, limit, _backend.Id);
        _place.Take(limit);
        return default;
    }

    private void GiveBackPlace(long now, Outcome outcome) => _place.GiveBack(_leased ? _lease.StartNs : now, now, outcome);

    private ConnectionPool PoolFor(RequestHead request) => ((PooledEndpoint)_lease.Endpoint.Resource!).PoolFor(request);

    private void End(Outcome outcome, int status, Fault fault, long restNs = 0)
    {
        long now = EventLoop.NowNs;
        Outcome told = restNs > 0 && outcome != Outcome.Ignored ? Outcome.Pushback : outcome;
        GiveBackPlace(now, _isTunnel ? Outcome.Ignored : told);
        Client = null;
        _leased = false;
        _excluded = _lease.Endpoint;
        _lease.Complete(told, now, restNs, tellsLatency: !_isTunnel);
        if (Streams is not null) CompleteStream(Streams, now);
        if (outcome == Outcome.Ignored) return;
        bool success = outcome == Outcome.Success;
        _backend.Metrics.Complete(_loop.Index, status, success, now - _lease.StartNs);
        _backend.Metrics.CountFault(_loop.Index, fault);
        _pair?.Complete(_loop.Index, success, now - _lease.StartNs);
    }

    /// <summary>Whatever became of the attempt, and also when nobody waited for it any more: most streams of a watch end like that.</summary>
    private void CompleteStream(StreamMeter streams, long now)
    {
        if (!streams.TryEnd(now, out StreamRecord stream)) return;
        _backend.Metrics.Streams.Complete(_loop.Index, stream);
        _pair?.Streams.Complete(_loop.Index, stream);
    }
}
