using System.Net;
using System.Net.Sockets;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Faults;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;

namespace Mesh.Node.Proxy;

/// <summary>
/// One attempt after the other to have a request answered by a backend: a lease on an endpoint and a connection to it, taken together and
/// ended together.
/// </summary>
/// <remarks>Hot path: one object per client connection, reused. A lease is completed exactly once, whatever becomes of the attempt.</remarks>
internal sealed class BackendCall(EventLoop loop)
{
    private Backend _backend = null!;
    private PairMetrics? _pair;
    private Endpoint? _excluded;
    private EndpointLease _lease;
    private bool _leased;

    /// <summary>The connection of the present attempt; null before and after.</summary>
    public Http1ClientConnection? Client { get; private set; }

    public IPEndPoint Address => _lease.Endpoint.Address;

    /// <summary>Of the request's attempt before, or null.</summary>
    public IPEndPoint? LastAddress => _excluded?.Address;

    /// <summary>When the present attempt picked its endpoint, monotonic nanoseconds.</summary>
    public long StartNs => _lease.StartNs;

    /// <summary>An endpoint is leased.</summary>
    public bool IsLeased => _leased;

    /// <summary>A new request, which may be refused before <see cref="Begin"/>: nothing is known of its attempts.</summary>
    public void Forget() => _excluded = null;

    /// <summary>Where a request goes, or goes instead before anything was taken.</summary>
    /// <param name="backend">Where it goes.</param>
    /// <param name="pair">The series of the service with that backend; null where there is none.</param>
    public void Begin(Backend backend, PairMetrics? pair)
    {
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

    /// <summary>Picks an endpoint and takes an idle connection to it; false when one must be opened, or when there is nobody.</summary>
    /// <param name="mustBeOpen">The request must not be sent twice: the system is asked whether the backend has closed just now.</param>
    public bool TryTake(bool mustBeOpen)
    {
        if (!_backend.Destination.TryPick(new PickRequest(EventLoop.NowNs, _excluded), ref loop.Random, out _lease)) return false;
        _leased = true;
        ConnectionPool pool = Pool;
        do
        {
            Client = pool.TryTake(loop);
        }
        while (mustBeOpen && Client is not null && !Client.IsStillOpen());
        return Client is not null;
    }

    /// <summary>The endpoint that would be picked now; nothing is sent there.</summary>
    public IPEndPoint? Peek()
    {
        if (!_backend.Destination.TryPick(new PickRequest(EventLoop.NowNs), ref loop.Random, out EndpointLease lease)) return null;
        lease.Complete(Outcome.Ignored, EventLoop.NowNs);
        return lease.Endpoint.Address;
    }

    /// <summary>Opens a connection to the picked endpoint.</summary>
    /// <param name="deadlineNs">When nobody waits for the request any more; Never without a limit.</param>
    public async ValueTask<FaultReport> OpenColdAsync(long deadlineNs)
    {
        if (!_leased)
        {
            return new FaultReport(
                new Fault(FaultStage.Pick, FaultParty.Backend, FaultCause.NoAddress),
                $"Unable to route request! {_backend.Id} has no address any more.");
        }

        PoolResult result = await Pool.OpenAsync(loop, deadlineNs);
        Client = result.Connection;
        if (Client is { IsReused: false }) _backend.Series.Connects.Add(loop.Index);
        if (Client is not null) return default;
        if (result.Failure == PoolFailure.Connect) _backend.Series.ConnectFailures.Add(loop.Index);
        FaultReport report = FaultTexts.OfPool(result, Address, _backend.Id);
        End(result.Failure == PoolFailure.Connect && !IsOurOwn(result.Error) ? Outcome.ConnectFailure : Outcome.Ignored, 0, report.Fault);
        return report;
    }

    /// <summary>The attempt failed: its connection closes; another attempt goes elsewhere if it can.</summary>
    public void Fail(Outcome outcome, Fault fault, int status = 0, long restNs = 0)
    {
        Client?.Abort();
        End(outcome, status, fault, restNs);
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

    /// <summary>This host had no descriptor, port or memory left: that says nothing of the backend, and must not take it out.</summary>
    private static bool IsOurOwn(SocketError error) =>
        error is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.AddressNotAvailable;

    private ConnectionPool Pool => ((PooledEndpoint)_lease.Endpoint.Resource!).Pool;

    private void End(Outcome outcome, int status, Fault fault, long restNs = 0)
    {
        Client = null;
        _leased = false;
        _excluded = _lease.Endpoint;
        long now = EventLoop.NowNs;
        _lease.Complete(restNs > 0 && outcome != Outcome.Ignored ? Outcome.Pushback : outcome, now, restNs);
        if (outcome == Outcome.Ignored) return;
        bool success = outcome == Outcome.Success;
        _backend.Metrics.Complete(loop.Index, status, success, now - _lease.StartNs);
        _backend.Metrics.CountFault(loop.Index, fault);
        _pair?.Complete(loop.Index, success, now - _lease.StartNs);
    }
}
