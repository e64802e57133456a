using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;

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
    public static async Task<BodyStatus> UploadAsync(IServerExchange from, IClientExchange to, BodyStatus first)
    {
        Share share = new(from.Loop);
        BodyRead read = BodyRead.Failure(first);
        bool isSent = first <= BodyStatus.Last && await to.FlushAsync();
        while (isSent)
        {
            read = await from.ReadBodyAsync();
            if (read.IsFailure) break;
            isSent = await to.WriteBodyAsync(read, from.RequestTrailers);
            if (isSent && read.IsLast) return BodyStatus.Last;
            if (share.IsSpent(read.Count)) await new LoopYield(from.Loop);
        }

        if (!read.IsFailure) return BodyStatus.Broken;

        // The backend must not take what it has for the whole: the exchange ends.
        if (read.Status != BodyStatus.Cancelled) to.OnGone();
        return read.Status == BodyStatus.Broken ? BodyStatus.Cancelled : read.Status;
    }

    /// <summary>Backend to client.</summary>
    /// <returns>Last when all of it was sent; Cancelled when the client is gone; else why the backend's body ended early.</returns>
    public static async ValueTask<BodyStatus> DownloadAsync(IClientExchange from, IServerExchange to)
    {
        Share share = new(from.Loop);
        while (true)
        {
            BodyRead read = await from.ReadBodyAsync();
            if (read.IsFailure) return read.Status;
            if (!await to.WriteBodyAsync(read, from.ResponseTrailers)) return BodyStatus.Cancelled;
            if (read.IsLast) return BodyStatus.Last;
            if (share.IsSpent(read.Count)) await new LoopYield(from.Loop);
        }
    }

    /// <summary>Both ways until both have ended, each end passed on as a half-close; a break of one side breaks the other.</summary>
    public static async ValueTask TunnelAsync(IServerExchange server, IClientExchange client)
    {
        Task upward = TunnelUpAsync(server, client);
        await TunnelDownAsync(client, server);
        await upward;
    }

    private static async Task TunnelUpAsync(IServerExchange from, IClientExchange to)
    {
        Share share = new(from.Loop);
        while (true)
        {
            BodyRead read = await from.ReadBodyAsync();
            if (read.IsFailure || !await to.WriteBodyAsync(read, null)) break;
            to.Touch();
            if (read.IsLast)
            {
                to.ShutdownSend();
                return;
            }

            if (share.IsSpent(read.Count)) await new LoopYield(from.Loop);
        }

        to.OnGone();
        from.Abort();
    }

    private static async ValueTask TunnelDownAsync(IClientExchange from, IServerExchange to)
    {
        Share share = new(from.Loop);
        while (true)
        {
            BodyRead read = await from.ReadBodyAsync();
            if (read.IsFailure || !await to.WriteBodyAsync(read, null)) break;
            to.Touch();
            if (read.IsLast)
            {
                to.ShutdownSend();
                return;
            }

            if (share.IsSpent(read.Count)) await new LoopYield(from.Loop);
        }

        to.CancelBodyRead();
        to.Abort();
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
