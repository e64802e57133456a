using System.Net;
using Mesh.Node.Telemetry;
using Mesh.Wire.Loops;
using Mesh.Wire.Tls;
using Mesh.Wire.Transports;

namespace Mesh.Node.Proxy.Tls;

/// <summary>
/// What stands before a server's requests where it speaks TLS: accepted connections until they are secured. Stranger connections cost no more than
/// <see cref="ServerTls.MaxHandshakes"/>, the time of a handshake, and until their first byte no buffer.
/// </summary>
/// <remarks>Each connection's part runs on its loop.</remarks>
internal sealed class TlsEntrance(ServerTls tls, LoopGroup loops, TlsSeries series, TlsComplaints complaints, TlsEntrance.Owner owner)
{
    /// <summary>Connections by loop; each set is touched on its own loop only.</summary>
    private readonly HashSet<TlsArrival>[] _arrivals = [.. loops.Loops.Select(static _ => new HashSet<TlsArrival>())];
    private int _count;

    public ServerTls Tls => tls;

    /// <summary>Connections that are not secured yet.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>What a plain connection is told; null: nothing.</summary>
    public byte[]? PlainAnswer { get; } = tls.SpeaksHttp ? PlainRefusal.Answer(tls.Remedy) : null;

    public void Enter(Transport transport)
    {
        if (Interlocked.Increment(ref _count) > tls.MaxHandshakes)
        {
            Interlocked.Decrement(ref _count);
            series.CountTooMany(transport.Loop.Index);
            transport.Abort();
            owner.Left();
            return;
        }

        TlsArrival arrival = new(this, transport);
        Of(transport.Loop).Add(arrival);
        arrival.Begin();
    }

    /// <summary>Ends all that are not secured on a loop: none has a request. On that loop.</summary>
    public void GiveUp(EventLoop loop)
    {
        foreach (TlsArrival arrival in Of(loop).ToArray()) arrival.GiveUp();
    }

    /// <summary>It becomes a connection of the server.</summary>
    internal void Admit(TlsArrival arrival, Transport transport)
    {
        Forget(arrival, transport.Loop);
        if (transport is TlsTransport) series.Handshakes.Add(transport.Loop.Index);
        owner.Serve(transport);
    }

    /// <summary>It is closed, or about to be.</summary>
    /// <param name="arrival">Which.</param>
    /// <param name="loop">Its loop.</param>
    internal void Leave(TlsArrival arrival, EventLoop loop)
    {
        Forget(arrival, loop);
        owner.Left();
    }

    /// <param name="loop">Of the connection.</param>
    /// <param name="remote">Whose; asked before it was closed.</param>
    /// <param name="failure">Why.</param>
    /// <param name="detail">For people.</param>
    internal void Complain(EventLoop loop, IPEndPoint? remote, TlsFailure failure, string? detail)
    {
        series.Count(loop.Index, failure);
        complaints.Tell(failure, $"a connection of {remote} was not taken: {TlsWords.OfArrival(failure, detail, tls.Remedy)}");
    }

    internal void OnBug(Exception bug) => owner.OnBug(bug);

    private HashSet<TlsArrival> Of(EventLoop loop) => _arrivals[loop.Index - 1];

    private void Forget(TlsArrival arrival, EventLoop loop)
    {
        if (Of(loop).Remove(arrival)) Interlocked.Decrement(ref _count);
    }

    /// <summary>The server behind it.</summary>
    /// <param name="Serve">Takes a connection that is ready for requests.</param>
    /// <param name="Left">One that was accepted is closed and never came so far.</param>
    /// <param name="OnBug">Told of exceptions that nobody else takes.</param>
    internal sealed record Owner(Action<Transport> Serve, Action Left, Action<Exception> OnBug);
}
