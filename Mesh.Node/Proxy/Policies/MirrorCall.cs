using Mesh.Node.Telemetry;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Bindings;
using Mesh.Routing.Destinations;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;

namespace Mesh.Node.Proxy.Policies;

/// <summary>What a copy takes along of its request: nothing in it belongs to the client's connection.</summary>
/// <param name="Head">Its own bytes.</param>
/// <param name="Edits">What this hop changes; where it goes is added here.</param>
/// <param name="Body">Whole; empty for none.</param>
/// <param name="ClientCertificate">The line that tells who the client proved to be, for destinations that are told; empty where it did not.</param>
internal sealed record MirrorRequest(RequestHead Head, HeadEdits Edits, byte[] Body, byte[] ClientCertificate);

/// <summary>One copy of a request on its way: a flow of its own on the loop of the request that it was made of, which knows nothing of it.</summary>
/// <remarks>
/// It is one attempt, and takes at most <see cref="TimeLimit"/>. What becomes of it counts for its own destination alone: series, balancer and
/// breaker of the request's never hear of it.
/// </remarks>
internal sealed class MirrorCall(Mirrors mirrors, MirrorPolicy policy, ServiceSeries series, EventLoop loop, MirrorRequest request) : LoopTimer
{
    /// <summary>From its start to the last byte of its response; then its connection closes.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of a response that are read to keep its connection; a longer one ends with it.</summary>
    public const int MaxDrainBytes = 1 << 20;

    private readonly long _deadlineNs = In(LoopTimes.Nanoseconds(TimeLimit));
    private IClientExchange? _client;
    private HeldPlace _place;

    /// <summary>Begins it when the loop has done what it is at, so that the request itself leaves first.</summary>
    public void Begin() => loop.Defer(static (self, _) => _ = ((MirrorCall)self!).RunAsync(), this);

    protected override void OnDeadline() => ((IGoneWatcher?)_client)?.OnGone();

    private async Task RunAsync()
    {
        ServiceBinding<Backend>? binding = null;
        try
        {
            binding = mirrors.Bind(policy);
            if (await FindAsync(binding) is { } leaf) await SendAsync(leaf.Destination!, leaf.ResidualText);
            else series.Count(loop.Index, ServiceEvent.MirrorUnrouted);
        }
        catch (Exception bug)
        {
            mirrors.Report(bug);
        }
        finally
        {
            Remove(loop);
            binding?.Release();
            mirrors.Leave(policy);
        }
    }

    /// <summary>Null: the name leads nowhere now.</summary>
    private async ValueTask<WeightedLeaf<Backend>?> FindAsync(ServiceBinding<Backend> binding)
    {
        BindingSnapshot<Backend>? bound = binding.Current ?? await binding.WaitAsync(Left());
        if (bound is not { Failure: null }) return null;
        WeightedLeaf<Backend> leaf = bound.Pick(ref loop.Random);
        if (leaf.Destination is not { } backend) return null;
        if (backend.Destination.Current.State == DestinationState.Available) return leaf;
        FaultReport report = await RouteFaults.AwaitAddressesAsync(backend, binding, TimeLimit, Left());
        return report.IsNone ? leaf : null;
    }

    private async ValueTask SendAsync(Backend backend, byte[] residual)
    {
        if (!_place.TryEnter(backend.Concurrency))
        {
            series.Count(loop.Index, ServiceEvent.MirrorOverBudget);
            return;
        }

        long began = EventLoop.NowNs;
        Outcome outcome = Outcome.Ignored;
        try
        {
            outcome = await LeaseAsync(backend, residual);
        }
        finally
        {
            _place.GiveBack(began, EventLoop.NowNs, outcome);
        }
    }

    private async ValueTask<Outcome> LeaseAsync(Backend backend, byte[] residual)
    {
        if (!backend.Destination.TryPick(new PickRequest(EventLoop.NowNs), ref loop.Random, out EndpointLease lease))
        {
            series.Count(loop.Index, ServiceEvent.MirrorUnrouted);
            return Outcome.Ignored;
        }

        Outcome outcome = Outcome.Ignored;
        int status = 0;
        try
        {
            (outcome, status) = await ExchangeAsync(backend, residual, lease);
        }
        finally
        {
            long now = EventLoop.NowNs;
            lease.Complete(outcome, now);
            if (outcome != Outcome.Ignored) backend.Metrics.Complete(loop.Index, status, outcome == Outcome.Success, now - lease.StartNs);
        }

        return outcome;
    }

    private async ValueTask<(Outcome Outcome, int Status)> ExchangeAsync(Backend backend, byte[] residual, EndpointLease lease)
    {
        ConnectionPool pool = ((PooledEndpoint)lease.Endpoint.Resource!).PoolFor(request.Head);
        do
        {
            _client = pool.TryTake(loop);
        }
        while (_client is not null && !_client.IsStillOpen());

        if (_client is null)
        {
            PoolResult opened = await pool.OpenAsync(loop, _deadlineNs);
            if (opened.Connection is null) return (opened.Failure == PoolFailure.Connect ? Outcome.ConnectFailure : Outcome.Ignored, 0);
            _client = opened.Connection;
        }

        bool whole = false;
        try
        {
            Set(loop, _deadlineNs);
            HeaderRules.AddMirror(request.Head, request.Edits, policy, backend, residual, lease.Endpoint);
            if (backend.Settings.ForwardsClientCertificate) request.Edits.AddLines(request.ClientCertificate);
            _client.WriteRequest(request.Head, request.Edits, default);
            byte[] body = request.Body;
            if (body.Length > 0) _client.AppendBody(new BodyRead(body, 0, body.Length, BodyStatus.Last, hasRoom: false), null);
            await _client.FlushAsync();
            series.Count(loop.Index, ServiceEvent.Mirrored);
            ResponseArrival arrival = await _client.NextHeadAsync(_deadlineNs);
            for (int interims = 0; interims < RequestPath.MaxInterims && arrival == ResponseArrival.Head && _client.Response.IsInterim; interims++)
                arrival = await _client.NextHeadAsync(_deadlineNs);
            bool isNobodysFault = arrival == ResponseArrival.Refused || (arrival == ResponseArrival.ClosedBeforeByte && _client.IsReused);
            if (isNobodysFault) return (Outcome.Ignored, 0);
            if (arrival != ResponseArrival.Head || _client.Response.IsInterim) return (Outcome.Failure, 0);
            whole = await DrainAsync(_client);
            int status = _client.Response.Status;
            return (status < 500 ? Outcome.Success : Outcome.Failure, status);
        }
        finally
        {
            if (whole) _client.Release();
            else _client.Abort();
            _client = null;
        }
    }

    /// <summary>Reads the body and drops it. False: it was too long, or broke off.</summary>
    private async ValueTask<bool> DrainAsync(IClientExchange client)
    {
        for (int bytes = 0, turn = 0; bytes <= MaxDrainBytes;)
        {
            BodyRead read = await client.ReadBodyAsync();
            if (read.IsFailure) return false;
            if (read.IsLast) return true;
            bytes += read.Count;
            if (bytes - turn < LoopYield.BytesPerTurn) continue;
            turn = bytes;
            await new LoopYield(loop);
        }

        return false;
    }

    private TimeSpan Left() => TimeSpan.FromTicks(Math.Max(0, _deadlineNs - EventLoop.NowNs) / TimeSpan.NanosecondsPerTick);
}
