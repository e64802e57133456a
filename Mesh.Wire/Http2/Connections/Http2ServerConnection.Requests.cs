using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Heads;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Http2.Streams;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Http2.Connections;

/// <summary>The half that takes requests and their trailers, or refuses them.</summary>
public sealed partial class Http2ServerConnection
{
    /// <summary>The id of the request that came before HTTP/2 (RFC 7540 section 3.2).</summary>
    private const int UpgradedStream = 1;

    private Http2Error TakeRequest(int id, ReadOnlySpan<byte> block, bool ends)
    {
        if (_saidLast)
        {
            // Sent before the client knew: it is ignored, with all that follows it.
            _lastIgnored = Math.Max(_lastIgnored, id);
            RememberReset(id);
            return Skip(block);
        }

        _lastStream = id;
        if (_busy >= Options.MaxConcurrentStreams) return Refuse(id, block, GlitchBudget.Frame);
        if (Loop.Buffers.IsFull)
        {
            Loop.Buffers.RefusedStreams++;
            return Refuse(id, block, cost: 0);
        }

        if (EndOfLife != Never && EventLoop.NowNs >= EndOfLife) Drain();
        Http2ServerStream place = Take();
        _busy++;
        place.BeginExchange(id, ends);
        Attach(place);
        HeadBuilder.Sink sink = place.BeginHead();
        HpackResult result = Decode(block, ref sink);
        Http2Error fault = ErrorOf(result);
        if (fault != Http2Error.NoError) return fault;
        RejectReason reason = place.EndHead(ends, block.Length);
        if (result == HpackResult.TooLarge) reason = RejectReason.HeadTooLarge;
        if (reason != RejectReason.None)
        {
            place.Reject(reason);
            if (!TryForgive(GlitchBudget.Error)) return Http2Error.NoError;
        }

        // Nothing is to come, but the client has not said so: its next frame tells whether it keeps to that, before anybody is asked.
        bool awaitsEnd = reason == RejectReason.None && !ends && place.Request.ContentLength == 0;
        if (awaitsEnd) place.AwaitEnd();
        else WakeLater(place);
        return Http2Error.NoError;
    }

    /// <summary>The request with which the client offered HTTP/2: stream 1, whole. It goes on when this side has said its settings.</summary>
    private void TakeUpgraded(RequestHead first)
    {
        _lastStream = UpgradedStream;
        Http2ServerStream place = Take();
        _busy++;
        place.BeginExchange(UpgradedStream, ends: true);
        Attach(place);
        UpgradedHead.CopyTo(place.BeginHead(), first);
        RejectReason reason = place.EndHead(ends: true, first.End - first.Start);
        place.Request.IsHttp2 = false;
        if (reason != RejectReason.None) place.Reject(reason);
        WakeLater(place);
    }

    /// <summary>Nothing was done with it: it may be sent again.</summary>
    private Http2Error Refuse(int id, ReadOnlySpan<byte> block, int cost)
    {
        Http2Error error = Skip(block);
        WriteReset(id, Http2Error.RefusedStream);
        RememberReset(id);
        if (error == Http2Error.NoError && cost > 0) _ = TryForgive(cost);
        return error;
    }

    private Http2Error TakeTrailers(Http2ServerStream place, ReadOnlySpan<byte> block, bool ends)
    {
        if (place.RemoteClosed || !ends)
        {
            Http2Error error = Skip(block);
            if (error == Http2Error.NoError) EndStream(place, place.RemoteClosed ? Http2Error.StreamClosed : Http2Error.ProtocolError);
            return error;
        }

        TrailerSink sink = place.BeginTrailers();
        HpackResult result = Decode(block, ref sink);
        Http2Error fault = ErrorOf(result);
        if (fault != Http2Error.NoError) return fault;
        RejectReason reason = result == HpackResult.TooLarge ? RejectReason.TrailersTooLarge : sink.Reason;
        if (reason != RejectReason.None || !place.EndTrailers())
        {
            place.RejectBody(reason == RejectReason.None ? RejectReason.ContentLengthMismatch : reason);
            if (!TryForgive(GlitchBudget.Error)) return Http2Error.NoError;
        }

        WakeLater(place);
        return Http2Error.NoError;
    }
}
