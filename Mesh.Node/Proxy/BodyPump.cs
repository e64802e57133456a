using Mesh.Node.Proxy.Grpc;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;
using Mesh.Wire.Opaque;

namespace Mesh.Node.Proxy;

/// <summary>Moves bodies that do not come and go in one piece: pull one, push it, and no further before it is taken.</summary>
/// <remarks>
/// A pump holds one buffer whatever the body's size, and yields its loop after <see cref="LoopYield.BytesPerTurn"/> or <see
/// cref="LoopYield.StepsPerTurn"/>.
/// </remarks>
internal static class BodyPump
{
    /// <summary>Client to backend, beside the wait for the response. The head and a first piece may be queued already.</summary>
    /// <returns>Last when all of it was sent; Broken when the backend takes no more; else why the client's body ended early.</returns>
    public static async Task<BodyStatus> UploadAsync(
        IServerExchange from, IClientExchange to, BodyStatus first, GrpcMessages? messages = null, BodyMeter? meter = null)
    {
        if (first <= BodyStatus.Last)
        {
            if (!await to.FlushAsync()) return BodyStatus.Broken;
            first = await (messages is null ? MoveAsync(from, to, isTunnel: false, meter) : MoveMessagesAsync(from, to, messages, meter));
            if (first is BodyStatus.Last or BodyStatus.SinkGone) return first == BodyStatus.Last ? first : BodyStatus.Broken;
        }

        // The backend must not take what it has for the whole: the exchange ends.
        if (first != BodyStatus.Cancelled) to.OnGone();
        return first == BodyStatus.Broken ? BodyStatus.Cancelled : first;
    }

    /// <summary>Backend to client.</summary>
    /// <returns>Last when all of it was sent; SinkGone when the client is gone; else why the backend's body ended early.</returns>
    public static Task<BodyStatus> DownloadAsync(IClientExchange from, IServerExchange to, BodyMeter? meter = null) =>
        MoveAsync(from, to, isTunnel: false, meter);

    /// <summary>The same of a gRPC call: while the server talks, its client need not.</summary>
    public static Task<BodyStatus> DownloadCallAsync(IClientExchange from, IServerExchange to, BodyMeter? meter = null) =>
        MoveAsync(from, to, isTunnel: false, meter, touches: true);

    /// <summary>Both ways until both have ended, each end passed on as a half-close; a break of one side breaks the other.</summary>
    public static async ValueTask TunnelAsync(IServerExchange server, IClientExchange client, StreamMeter? meter = null)
    {
        Task upward = TunnelUpAsync(server, client, meter?.Request);
        if (await MoveAsync(client, server, isTunnel: true, meter?.Response) != BodyStatus.Last)
        {
            server.CancelBodyRead();
            server.Abort();
        }

        await upward;
    }

    /// <summary>The same of any two sides, the first of which is the client's; tells what ended it first.</summary>
    public static async Task<SpliceEnd> TunnelAsync(TunnelSide client, TunnelSide server)
    {
        SpliceEnd? first = null;
        Task upward = PassAsync(client, server, SpliceEnd.ClientBroke, SpliceEnd.ServerBroke);
        await PassAsync(server, client, SpliceEnd.ServerBroke, SpliceEnd.ClientBroke);
        await upward;
        return first ?? SpliceEnd.Ended;

        // One way; whoever breaks breaks both.
        async Task PassAsync(TunnelSide from, TunnelSide to, SpliceEnd fromBroke, SpliceEnd toBroke)
        {
            BodyStatus end = await MoveAsync(from.Source, to.Sink, isTunnel: true);
            if (end == BodyStatus.Last) return;
            first ??= end == BodyStatus.SinkGone ? toBroke : end == BodyStatus.TimedOut ? SpliceEnd.Idle : fromBroke;
            to.Break();
            from.Break();
        }
    }

    private static async Task TunnelUpAsync(IServerExchange server, IClientExchange client, BodyMeter? meter)
    {
        if (await MoveAsync(server, client, isTunnel: true, meter) == BodyStatus.Last) return;
        client.OnGone();
        server.Abort();
    }

    /// <summary>The same of a gRPC call's messages: their sender may rest, but not within one.</summary>
    private static async Task<BodyStatus> MoveMessagesAsync(IServerExchange from, IClientExchange to, GrpcMessages messages, BodyMeter? meter)
    {
        Share share = new(from.Loop);
        while (true)
        {
            from.MayPause = messages.IsBetween;
            BodyRead read = await from.ReadBodyAsync();
            if (read.IsFailure) return read.Status;
            messages.Take(read.Payload);
            meter?.Take(read);
            if (!await to.WriteBodyAsync(read, from.Trailers)) return BodyStatus.SinkGone;
            if (read.IsLast) return BodyStatus.Last;
            if (share.IsSpent(read.Count)) await new LoopYield(from.Loop);
        }
    }

    /// <summary>The one loop of all other pumps.</summary>
    private static async Task<BodyStatus> MoveAsync(IBodySource from, IBodySink to, bool isTunnel, BodyMeter? meter = null, bool touches = false)
    {
        Share share = new(from.Loop);
        while (true)
        {
            BodyRead read = await from.ReadBodyAsync();
            if (read.IsFailure) return read.Status;
            meter?.Take(read);
            if (!await to.WriteBodyAsync(read, from.Trailers)) return BodyStatus.SinkGone;
            if (isTunnel || touches) to.Touch();
            if (read.IsLast)
            {
                if (isTunnel) to.ShutdownSend();
                return BodyStatus.Last;
            }

            if (share.IsSpent(read.Count)) await new LoopYield(from.Loop);
        }
    }

    /// <summary>What a pump may do before others have their turn.</summary>
    private struct Share(EventLoop loop)
    {
        private long _turn = loop.Statistics.Turns;
        private int _bytes;
        private int _steps;

        public bool IsSpent(int bytes)
        {
            long turn = loop.Statistics.Turns;
            if (turn != _turn)
            {
                _turn = turn;
                _bytes = _steps = 0;
            }

            _bytes += bytes;
            return _bytes >= LoopYield.BytesPerTurn || ++_steps >= LoopYield.StepsPerTurn;
        }
    }
}
