using Mesh.Node.Proxy.Retries;
using Mesh.Routing.Accrual;
using Mesh.Routing.Identifiers;
using Mesh.Wire.Detection;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;
using Mesh.Wire.Loops;
using Mesh.Wire.Opaque;
using Mesh.Wire.Tls;
using Mesh.Wire.Transports;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>
/// The life of one connection whose bytes nobody reads, from arrival to outcome: <see cref="ServeAsync"/> is the whole path.
/// </summary>
/// <remarks>On the connection's loop. Until its endpoint is connected the client's bytes wait in its transport.</remarks>
/// <param name="client">Who connected.</param>
/// <param name="door">Of the server that it came to.</param>
/// <param name="looks">Its first bytes may be waited for, since they may tell its name.</param>
internal sealed class OpaquePath(Transport client, OpaqueDoor door, bool looks) : IServerConnection, ITransportObserver
{
    /// <summary>Most attempts to connect: as many as there are endpoints, up to this.</summary>
    public const int MaxAttempts = 8;

    /// <summary>As many as requests of HTTP have: the only endpoint may be just restarting.</summary>
    private const int LeastAttempts = 1 + Attempts.MaxRequeues;

    private readonly long _startNs = EventLoop.NowNs;
    private readonly Route _route = new(door.Router, ignoresContext: true);
    private readonly OpaqueCall _call = new(client.Loop, client);
    private HelloLook? _look;
    private Splice? _splice;
    private long _connectedNs;
    private long _bytesDown;
    private bool _passing;
    private bool _gone;

    public EventLoop Loop => client.Loop;

    /// <summary>Serves the connection until it ends.</summary>
    public async Task ServeAsync()
    {
        client.Observer = this;

        // 1. Its name leads to a backend.
        FaultReport fault = await FindAsync();
        // 2. An endpoint and a connection to it are taken.
        if (fault.IsNone && !_gone) fault = await ConnectAsync();
        // 3. Bytes pass, both ways, until they end.
        SpliceEnd end = fault.IsNone && !_gone ? await PassAsync() : SpliceEnd.Aborted;
        // 4. Everybody learns from the outcome.
        Complete(fault, end);
    }

    /// <summary>The node is stopping: who talks may go on until its grace is over.</summary>
    public void Drain() => _splice?.Drain();

    public void Abort()
    {
        _splice?.Abort();
        if (_passing) _call.Tunnel?.Abort();
        Gone();
    }

    /// <summary>A bug ended <see cref="ServeAsync"/>: nothing stays held.</summary>
    public void Abandon()
    {
        Abort();
        client.Abort();
        _call.Transport?.Abort();
        _call.Tunnel?.Abort();
        _call.Finish(Outcome.Ignored, default);
        _route.Release();
    }

    void ITransportObserver.OnReadable()
    {
    }

    void ITransportObserver.OnWritable()
    {
    }

    void ITransportObserver.OnBroken() => Gone();

    /// <summary>Its client has left, or its node: whatever is waited for need not come.</summary>
    private void Gone()
    {
        _gone = true;
        _look?.Abort();
        _call.Waiting?.OnGone();
    }

    private async ValueTask<FaultReport> FindAsync()
    {
        if (door.Terms.OwnEnds.Has(client.PeerEndPoint, client.RedirectedFrom ?? client.LocalEndPoint))
            return OpaqueFaults.FromOurselves(client.LocalEndPoint?.Port ?? 0);
        ConnectionIdentifierList identifiers = door.Terms.Identifiers;
        ConnectionFacts facts = OpaqueDoor.FactsOf(client);
        if (identifiers.NeedsServerName) facts = facts with { ServerName = await ReadServerNameAsync() };
        if (identifiers.Identify(facts) is not { } name) return OpaqueFaults.Unnamed(identifiers, facts);
        return _route.TryFindNamed(name, ref Loop.Random) ? default : await _route.FindColdAsync(Loop.Random.Next(), TimeSpan.MaxValue);
    }

    /// <summary>Null: it tells none. Where TLS ends here the handshake has told it.</summary>
    private async ValueTask<string?> ReadServerNameAsync()
    {
        if (client is TlsTransport secured) return secured.ServerName;
        if (!looks) return null;
        OpaqueTerms terms = door.Terms;
        long silenceNs = terms.Identifiers.DependsOnServerName ? ProxyServer.SniffNs : terms.DetectNs;
        LoopSource<string> told = new();
        ValueTask<string> name = told.Arm();
        _look = new HelloLook(client, new HelloLook.Settings(silenceNs, ProxyServer.SniffNs, (_, end, found) =>
        {
            _gone |= end == LookEnd.Gone;
            told.Complete(found);
        }));
        _look.Start();
        string host = await name;
        (_look, client.Observer) = (null, this);
        return host;
    }

    private async ValueTask<FaultReport> ConnectAsync()
    {
        long deadlineNs = LoopTimer.In((long)door.Router.BindingTimeout.TotalNanoseconds);
        _call.Begin(_route.Backend!, _route.Pair);
        _route.Backend!.RequeueBudget.Deposit(EventLoop.NowNs);
        int moves = 0;
        for (int attempts = 1; ; attempts++)
        {
            FaultReport fault = await _call.OpenAsync(deadlineNs);
            if (fault.IsNone) break;
            if (_gone) return fault;
            if (fault.Fault.Cause == FaultCause.NoAddress && moves++ < Route.MaxLooks)
            {
                FaultReport nowhere = await _route.MoveOnColdAsync(Loop.Random.Next(), TimeSpan.MaxValue);
                if (!nowhere.IsNone) return nowhere;
            }
            else if (!fault.Fault.IsRetryable || !MayRequeue(attempts)) return fault;

            _call.Again(_route.Backend!, _route.Pair);
        }

        _connectedNs = EventLoop.NowNs;
        return default;
    }

    /// <summary>An attempt that reached nobody is made again at once, elsewhere if there is anybody else.</summary>
    private bool MayRequeue(int attempts)
    {
        Backend backend = _route.Backend!;
        int most = Math.Clamp(backend.Destination.Current.Endpoints.Length, LeastAttempts, MaxAttempts);
        return Attempts.TryRequeue(backend, attempts >= most, Loop.Index, EventLoop.NowNs);
    }

    private async ValueTask<SpliceEnd> PassAsync()
    {
        OpaqueFlow flow = door.Open(_route.Backend!, Loop.Index);
        _passing = true;
        Task<SpliceEnd> passing;
        if (_call.Tunnel is { } tunnel) passing = tunnel.RunAsync(client, door.Terms.Splice.IdleNs, flow);
        else
        {
            _splice = new Splice(client, _call.Transport!, door.Terms.Splice) { Moved = flow.Count };
            passing = _splice.RunAsync();
        }

        SpliceEnd end = await passing;
        _bytesDown = _call.Tunnel?.BytesDown ?? _splice!.BytesDown;
        flow.Close();
        return end;
    }

    private void Complete(FaultReport fault, SpliceEnd end)
    {
        if (!_passing)
        {
            _call.Transport?.Abort();
            _call.Tunnel?.Abort();
            client.Abort();
        }
        else if (end == SpliceEnd.ServerBroke) fault = OpaqueFaults.Broke(_call.Address, _route.Backend!.Id);

        bool cancelled = _passing ? end is SpliceEnd.ClientBroke or SpliceEnd.Aborted : _gone;
        Outcome outcome = cancelled ? Outcome.Ignored : fault.IsNone ? Outcome.Success : Outcome.Failure;
        _call.Finish(outcome, fault.Fault);
        if (!cancelled && !fault.IsNone && _bytesDown == 0) door.Terms.Complain(fault);
        long now = EventLoop.NowNs;
        door.Book(Loop.Index, _route.Service?.Metrics, cancelled, fault.Fault, (_connectedNs == 0 ? now : _connectedNs) - _startNs);
        _route.Release();
    }
}
