using Mesh.Node.Telemetry;
using Mesh.Routing.Accrual;
using Mesh.Routing.Bindings;
using Mesh.Routing.Destinations;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;

namespace Mesh.Node.Proxy;

/// <summary>
/// The life of requests on one client connection, from arrival to outcome. <see cref="ServeAsync"/> is the whole path; its numbered steps
/// are the boxes of docs/TOUR.md.
/// </summary>
/// <remarks>
/// Hot path: one flow for the life of the connection, its state in fields; what it awaits on the way of a small keep-alive request are sources
/// that live as long as the connections, so that nothing is allocated. Methods named Cold allocate and run for first requests, new
/// connections, streamed bodies and faults only. Everything runs on the connection's loop.
/// </remarks>
internal sealed class RequestPath(Http1ServerConnection server, Router router, ServerMetrics metrics, ServerSeries series, byte[][] upgrades)
{
    /// <summary>Times that a request which provably did no harm is sent again: connect failures, and pooled connections that turned out dead.</summary>
    public const int MaxRequeues = 2;

    private readonly IServerExchange _server = server;
    private readonly EventLoop _loop = server.Loop;
    private readonly HeadEdits _edits = new();
    private ServiceBinding<Backend>? _binding;
    private ServiceProfile? _service;
    private Backend? _backend;
    private Endpoint? _excluded;
    private EndpointLease _lease;
    private bool _leased;
    private Http1ClientConnection? _client;
    private Task<BodyStatus>? _upload;
    private Fault _fault;
    private string? _detail;
    private long _startNs;
    private long _received;
    private long _sent;
    private int _status;
    private int _requeues;
    private bool _upgrading;
    private bool _over;

    /// <summary>Serves the connection until it ends.</summary>
    public async Task ServeAsync()
    {
        RequestArrival arrival;
        while ((arrival = await _server.NextRequestAsync()) == RequestArrival.Request)
        {
            // 1. The request has a head.
            Begin();

            // 2. Its name leads to a backend.
            if (!TryRoute()) await RouteColdAsync();

            while (_fault.IsNone)
            {
                // 3. An endpoint and a connection to it are taken.
                if (!TryTakeConnection()) await ConnectColdAsync();
                if (!_fault.IsNone)
                {
                    if (TryRequeue()) continue;
                    break;
                }

                // 4. Head and small body leave in one send; a larger body follows beside the wait for the response.
                Send();
                if (_upload is null) await _client!.FlushAsync();

                // 5. The response's head, after any interim ones.
                ResponseArrival response = await _client!.NextHeadAsync(AttemptDeadline());
                while (response == ResponseArrival.Head && IsInterim())
                {
                    ForwardInterim();
                    await _server.FlushAsync();
                    response = await _client.NextHeadAsync(AttemptDeadline());
                }

                if (TryAccept(response) || !TryRequeue()) break;
            }

            // 6. The response goes to the client, or an answer that tells the fault.
            if (_fault.IsNone) Respond();
            else await AnswerColdAsync();
            if (!await _server.FlushAsync()) _over = true;
            else if (_client is { IsBodyRead: false } || _upgrading) await StreamColdAsync();
            if (_upload is not null) await EndUploadColdAsync();

            // 7. Everybody learns from the outcome.
            Complete();
            if (_over) break;
        }

        if (arrival == RequestArrival.Rejected) await RefuseColdAsync();
        CountBytes(_loop.Index);
        server.CloseGracefully();
    }

    private void Begin()
    {
        _startNs = EventLoop.NowNs;
        _fault = Fault.None;
        _detail = null;
        _requeues = 0;
        _status = 0;
        _service = null;
        _backend = null;
        _excluded = null;
        _over = false;
        _upgrading = false;
    }

    /// <summary>Identifies and binds with what is known already; false when something must be waited for, or is wrong.</summary>
    private bool TryRoute()
    {
        if (!router.TryIdentify(_server.Request, out ReadOnlySpan<byte> key)) return false;
        _binding = router.Bind(key);
        return _binding.Current is { Failure: null } bound && TryPickLeaf(bound);
    }

    private bool TryPickLeaf(BindingSnapshot<Backend> bound)
    {
        _service = router.Profile(_binding!);
        _backend = bound.Pick(ref _loop.Random).Destination;
        return _backend is { Destination.Current.State: DestinationState.Available };
    }

    private async ValueTask RouteColdAsync()
    {
        RouteFailure failure = default;
        if (_binding is null)
        {
            failure = RouteFailure.Unidentified(router);
        }
        else
        {
            BindingSnapshot<Backend>? bound = await _binding.WaitAsync(router.Options.BindingTimeout);
            failure = RouteFailure.Of(_binding, bound, router.Options.BindingTimeout);
            if (failure.Fault.IsNone && !TryPickLeaf(bound!)) failure = await RouteFailure.AwaitAddressesAsync(_backend, _binding, router.Options.BindingTimeout);
        }

        _fault = failure.Fault;
        _detail = failure.Detail;
    }

    /// <summary>Picks and takes an idle connection; false when one must be opened, or there is a fault.</summary>
    private bool TryTakeConnection()
    {
        if (!_backend!.Destination.TryPick(EventLoop.NowNs, ref _loop.Random, _excluded, out _lease))
        {
            _fault = new Fault(FaultStage.Pick, FaultParty.Backend, FaultCause.NoAddress, IsRetryable: true);
            return true;
        }

        _leased = true;
        ConnectionPool pool = ((PooledEndpoint)_lease.Endpoint.Resource!).Pool;
        do
        {
            _client = pool.TryTake(_loop);
        }
        while (_client is not null && !IsIdempotent() && !_client.IsStillOpen());
        return _client is not null;
    }

    private async ValueTask ConnectColdAsync()
    {
        PoolResult result = await ((PooledEndpoint)_lease.Endpoint.Resource!).Pool.OpenAsync(_loop);
        _client = result.Connection;
        if (_client is { IsReused: false }) _backend!.Series.Connects.Add(_loop.Index);
        if (_client is not null) return;
        if (result.Failure == PoolFailure.Connect) _backend!.Series.ConnectFailures.Add(_loop.Index);
        (_fault, _detail) = FaultTexts.OfPool(result, _lease.Endpoint.Address, _backend!.Id);
        EndLease(result.Failure == PoolFailure.Connect ? Outcome.ConnectFailure : Outcome.Ignored);
    }

    private void Send()
    {
        RequestHead head = _server.Request;
        HeaderRules.EditRequest(head, _edits, _service!.RequestLines, _backend!.RequestLines);
        ReadOnlySpan<byte> upgrade = HeaderRules.AllowedUpgrade(head, upgrades);
        _upgrading = !upgrade.IsEmpty;
        _server.GoneWatcher = _client;
        _client!.WriteRequest(head, _edits, upgrade);
        if (head.Framing == BodyFraming.None) return;
        if (_server.TryReadBody(out BodyRead read))
        {
            if (!read.IsFailure) _client.AppendBody(read, _server.RequestTrailers);
            if (read.IsLast) return;
        }

        _upload = BodyPump.UploadAsync(_server, _client, read.Status);
    }

    private bool IsInterim() => _client!.Response.IsInterim && _client.Response.Status != 101;

    private void ForwardInterim()
    {
        HeaderRules.EditResponse(_edits);
        _server.WriteInterim(_client!.Response, _edits);
    }

    /// <summary>True when there is a response to pass on; else the fault is set.</summary>
    private bool TryAccept(ResponseArrival arrival)
    {
        _upgrading &= arrival == ResponseArrival.Head && _client!.Response.Status == 101;
        if (arrival == ResponseArrival.Head && (_upgrading || _client!.Response.Status != 101)) return true;
        (_fault, _detail) = FaultTexts.OfResponse(arrival, _client!, _lease.Endpoint.Address, _backend!.Id);
        bool mayResend = arrival == ResponseArrival.ClosedBeforeByte && _client!.IsReused && IsIdempotent() && _upload is null && _server.TryRewindBody();
        if (mayResend) _fault = _fault with { IsRetryable = true };
        _server.GoneWatcher = null;
        _client!.Abort();
        EndLease(_server.IsGone || arrival == ResponseArrival.Cancelled || mayResend ? Outcome.Ignored : Outcome.Failure);
        return false;
    }

    /// <summary>Whether the fault is one after which the request is sent again; then it is forgotten.</summary>
    private bool TryRequeue()
    {
        if (!_fault.IsRetryable || _fault.Stage == FaultStage.Pick || _requeues == MaxRequeues || _server.IsGone) return false;
        _requeues++;
        _backend!.Series.Requeues.Add(_loop.Index);
        _excluded = _lease.Endpoint;
        _client = null;
        _fault = Fault.None;
        return true;
    }

    private void Respond()
    {
        ResponseHead head = _client!.Response;
        _status = head.Status;
        HeaderRules.EditResponse(_edits);
        if (_upgrading)
        {
            _server.WriteUpgrade(head, _edits, HeaderRules.AllowedUpgrade(_server.Request, upgrades));
            _client.BecomeTunnel();
            return;
        }

        _server.WriteHead(head, _edits);
        if (!_client.IsBodyRead && _client.TryReadBody(out BodyRead read))
        {
            if (read.IsFailure) BreakOff(read.Status);
            else _server.AppendBody(read, _client.ResponseTrailers);
        }
        else if (_client.IsBodyRead)
        {
            _server.AppendBody(BodyRead.End, null);
        }
    }

    private async ValueTask StreamColdAsync()
    {
        if (_over) return;
        if (_upgrading)
        {
            await BodyPump.TunnelAsync(_server, _client!);
            _over = true;
            return;
        }

        BodyStatus end = await BodyPump.DownloadAsync(_client!, _server);
        if (end != BodyStatus.Last) BreakOff(end);
    }

    /// <summary>The head has left, the body cannot be completed: only a broken connection tells the client so.</summary>
    private void BreakOff(BodyStatus status)
    {
        _over = true;
        if (_server.IsGone || status == BodyStatus.Cancelled) return;
        (_fault, _detail) = FaultTexts.OfBody(status, _client!, _backend!.Id);
        _server.Abort();
    }

    /// <summary>The response is out and the client still sends: the body goes on while the backend takes it.</summary>
    private async ValueTask EndUploadColdAsync()
    {
        bool ends = _over || !_fault.IsNone || _client is not { CanOutlive: true } || _server.AwaitsContinue;
        if (ends)
        {
            _server.CancelBodyRead();
            ((IGoneWatcher?)_client)?.OnGone();
        }

        BodyStatus status = await _upload!;
        _upload = null;
        _over |= status != BodyStatus.Last;
    }

    private void Complete()
    {
        _server.GoneWatcher = null;
        bool success = _fault.IsNone && _status < 500;
        long now = EventLoop.NowNs;
        int stripe = _loop.Index;
        if (_leased)
        {
            _leased = false;
            bool ignored = _server.IsGone && _fault.IsNone;
            _lease.Complete(ignored ? Outcome.Ignored : success ? Outcome.Success : Outcome.Failure, now);
            _backend!.Metrics.Complete(stripe, _status, success, now - _lease.StartNs);
        }

        if (_client is not null)
        {
            if (_fault.IsNone && !_server.IsGone) _client.Release();
            else _client.Abort();
            _client = null;
        }

        // Whoever went away is neither success nor failure (as in Linkerd).
        if (_server.IsGone) series.Cancelled.Add(stripe);
        else Count(stripe, success, now);
        CountBytes(stripe);
        _binding?.Release();
        _binding = null;
    }

    private void Count(int stripe, bool success, long now)
    {
        (_service?.Metrics ?? router.Metrics.Unbound).Complete(stripe, _status, success, now - _startNs);
        metrics.Complete(stripe, _status, success, now - _startNs);
    }

    private void CountBytes(int stripe)
    {
        series.Received.Add(stripe, server.BytesReceived - _received);
        series.Sent.Add(stripe, server.BytesSent - _sent);
        _received = server.BytesReceived;
        _sent = server.BytesSent;
    }

    /// <summary>Ends the lease of an attempt that another may follow.</summary>
    private void EndLease(Outcome outcome)
    {
        _leased = false;
        long now = EventLoop.NowNs;
        _lease.Complete(outcome, now);
        if (outcome != Outcome.Ignored) _backend!.Metrics.Complete(_loop.Index, 0, false, now - _lease.StartNs);
        _client = null;
    }

    private async ValueTask AnswerColdAsync()
    {
        if (_upload is not null)
        {
            _server.CancelBodyRead();
            BodyStatus upload = await _upload;
            _upload = null;
            if (FaultTexts.OfUpload(upload, _server) is { } clientFault) (_fault, _detail) = clientFault;
        }

        if (_server.IsGone)
        {
            _over = true;
            return;
        }

        bool close = !_server.IsBodyRead;
        _status = FaultResponses.Write(_server, _fault, _detail ?? "", close);
        _over |= close;
    }

    private async ValueTask RefuseColdAsync()
    {
        RejectReason reason = _server.Rejection;
        metrics.Rejections[(int)reason].Add(_loop.Index);
        FaultResponses.Write(
            _server, new Fault(FaultStage.RequestHead, FaultParty.Client, FaultCause.Rejected), RejectReasons.Text(reason), true, RejectReasons.Status(reason));
        await _server.FlushAsync();
    }

    private bool IsIdempotent() =>
        _server.Request.Method is KnownMethod.Get or KnownMethod.Head or KnownMethod.Options or KnownMethod.Trace or KnownMethod.Put or KnownMethod.Delete;

    private long AttemptDeadline() =>
        router.Options.AttemptTimeoutNs == LoopTimer.Never ? LoopTimer.Never : _lease.StartNs + router.Options.AttemptTimeoutNs;
}
