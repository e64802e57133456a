using System.Net;
using System.Text;
using Mesh.Node.Proxy.Retries;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Opaque;
using Mesh.Wire.Pools;
using Mesh.Wire.Transports;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>
/// A connection to an instance behind another node: an extended CONNECT for <c>mesh-tcp</c> (RFC 8441) among the requests that the two nodes exchange
/// on one connection of HTTP/2. The other node connects its app, and answers when it has.
/// </summary>
/// <remarks>On the connection's loop.</remarks>
internal sealed class MeshTunnel(IClientExchange far)
{
    private TransportBody? _near;
    private long _down;

    /// <summary>What the two nodes call it.</summary>
    public static ReadOnlySpan<byte> Token => "mesh-tcp"u8;

    /// <summary>Bytes for the client.</summary>
    public long BytesDown => _down;

    /// <summary>Asks for it, on a connection that is there or is opened. A fault holds nothing.</summary>
    /// <param name="loop">The client's.</param>
    /// <param name="endpoint">The other node's inbound side.</param>
    /// <param name="instance">Who is meant, <c>service/id</c>.</param>
    /// <param name="introduction">What that node shall tell its app before all else.</param>
    /// <param name="address">Of the inbound side, for words.</param>
    /// <param name="destination">The client name, for words.</param>
    public static async ValueTask<(MeshTunnel? Tunnel, FaultReport Fault)> OpenAsync(
        EventLoop loop, PooledEndpoint endpoint, string instance, Introduction introduction, IPEndPoint address, string destination)
    {
        RequestHead head = HeadOf(instance, introduction);
        ConnectionPool pool = endpoint.PoolFor(head);
        long deadlineNs = LoopTimer.In(endpoint.Raw.TimeoutNs);
        IClientExchange? far = pool.TryTake(loop);
        if (far is null)
        {
            PoolResult opened = await pool.OpenAsync(loop, deadlineNs);
            if (opened.Connection is null) return (null, FaultTexts.OfPool(opened, address, destination, isNode: true));
            far = opened.Connection;
        }

        // HTTP/1.1 is what nodes speak that know nothing of this: they would give the head to the app.
        if (far is Http1ClientConnection || !await far.TakesUpgradeAsync(deadlineNs))
        {
            far.Release();
            return (null, OpaqueFaults.OldNode(address, destination));
        }

        far.MayPause = true;
        far.WriteRequest(head, new HeadEdits(), Token);
        ResponseArrival arrival = await far.FlushAsync() ? await far.NextHeadAsync(deadlineNs) : ResponseArrival.ClosedBeforeByte;
        if (arrival == ResponseArrival.Head && far.Response.Status == 101)
        {
            far.BecomeTunnel();
            return (new MeshTunnel(far), default);
        }

        FaultReport fault = arrival == ResponseArrival.Head
            ? OpaqueFaults.NotConnected(address, destination, far.Response.Status, TextOf(far.Response), Verdicts.IsHarmless(far.Response))
            : OpaqueFaults.NoAnswer(address, destination, arrival, far.BrokenBy);
        far.Abort();
        return (null, fault);
    }

    /// <summary>Bytes both ways until both have ended; then both sides are closed.</summary>
    /// <param name="client">Whose they are.</param>
    /// <param name="idleNs">Without a byte either way.</param>
    /// <param name="flow">Where they are counted.</param>
    public async Task<SpliceEnd> RunAsync(Transport client, long idleNs, OpaqueFlow flow)
    {
        TransportBody near = _near = new TransportBody(client, idleNs);
        CountingSink up = new(far, count => flow.Count(count, 0));
        CountingSink down = new(near, count =>
        {
            _down += count;
            flow.Count(0, count);
        });
        SpliceEnd end = await BodyPump.TunnelAsync(
            new TunnelSide(near, down, near.Abort), new TunnelSide(far, up, far.Abort));
        near.Close();
        if (end == SpliceEnd.Ended) far.Release();
        else far.Abort();
        return end;
    }

    public void Abort()
    {
        _near?.Abort();
        far.Abort();
    }

    private static RequestHead HeadOf(string instance, Introduction introduction)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(
            $"GET / HTTP/1.1\r\nHost: {instance.Split('/')[0]}\r\nmesh-instance: {instance}\r\n{introduction.ToFieldLine()}\r\n");
        return RequestHeads.TryParse(bytes, new Http1Limits(), out RequestHead? head, out RejectReason reason)
            ? head
            : throw new InvalidOperationException($"the head for instance {instance} is none: {reason}");
    }

    private static string TextOf(ResponseHead head) =>
        head.TryGetField("l5d-err"u8, out ReadOnlySpan<byte> text) ? WebUtility.UrlDecode(Encoding.Latin1.GetString(text)) : "";
}
