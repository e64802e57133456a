using System.Text;
using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;

namespace Mesh.Tests.Wire.Http1;

/// <summary>One whole message as the codec would send it on.</summary>
internal sealed record Forwarded(string Start, string Body, string Trailers, string Wire);

/// <summary>What became of a stream of bytes: the whole messages in it, and why it ended.</summary>
internal sealed record StreamOutcome(IReadOnlyList<Forwarded> Messages, bool Rejected, RejectReason Reason)
{
    public string Summary => string.Join('\n', Messages.Select(m => m.Wire)) + (Rejected ? "\nrejected" : "\nopen");
}

/// <summary>A connection without sockets: parser, decoder and encoder over a byte stream that comes in pieces.</summary>
internal sealed class StreamRunner(byte[] raw, Func<int, int> pieces)
{
    private readonly byte[] _raw = raw;
    private readonly List<Forwarded> _messages = [];
    private readonly OutputBuffer _output = new();
    private int _at;
    private int _end;

    public static StreamOutcome Requests(byte[] raw, Func<int, int>? pieces = null) =>
        new StreamRunner(raw, pieces ?? (_ => int.MaxValue / 2)).RunRequests();

    public static StreamOutcome Responses(byte[] raw, KnownMethod method, Func<int, int>? pieces = null) =>
        new StreamRunner(raw, pieces ?? (_ => int.MaxValue / 2)).RunResponses(method);

    private StreamOutcome RunRequests()
    {
        while (true)
        {
            RequestHead head = new();
            int scanned = _at;
            HeadStatus status;
            RejectReason reason;
            do status = RequestHeadParser.Parse(_raw, _at, _end, ref scanned, head, Http1Limits.Default, out reason);
            while (status == HeadStatus.NeedMore && Feed());
            if (status != HeadStatus.Complete) return new StreamOutcome(_messages, status == HeadStatus.Rejected, reason);
            _at = head.End;
            Http1Encoder.WriteRequestHead(_output, head, Http1Kit.NoEdits, head.Framing, head.ContentLength, true, head.AcceptsTrailers, default);
            if (!TakeBody(head, $"{Http1Kit.Text(head.MethodBytes)} {Http1Kit.Text(head.Target)}", false, out reason))
                return new StreamOutcome(_messages, reason != RejectReason.None, reason);
            if (!head.KeepAlive) return new StreamOutcome(_messages, false, RejectReason.None);
        }
    }

    private StreamOutcome RunResponses(KnownMethod method)
    {
        while (true)
        {
            ResponseHead head = new();
            int scanned = _at;
            HeadStatus status;
            RejectReason reason;
            do status = ResponseHeadParser.Parse(_raw, _at, _end, ref scanned, head, method, Http1Limits.Default, out reason);
            while (status == HeadStatus.NeedMore && Feed());
            if (status != HeadStatus.Complete) return new StreamOutcome(_messages, status == HeadStatus.Rejected, reason);
            _at = head.End;
            if (head.IsInterim && head.Status != 101)
            {
                Http1Encoder.WriteInterim(_output, head, Http1Kit.NoEdits);
                _messages.Add(new Forwarded($"{head.Status}", "", "", Http1Kit.Take(_output)));
                continue;
            }

            Http1Encoder.WriteResponseHead(_output, head, Http1Kit.NoEdits, head.Framing, head.ContentLength, 1, false, default);
            bool whole = TakeBody(head, $"{head.Status}", true, out reason);
            return new StreamOutcome(_messages, !whole && reason != RejectReason.None, reason);
        }
    }

    private bool TakeBody(MessageHead head, string start, bool response, out RejectReason reason)
    {
        reason = RejectReason.None;
        StringBuilder body = new();
        ReadOnlySpan<byte> trailers = default;
        if (head.Framing == BodyFraming.Chunked && !TakeChunks(body, out trailers, out reason)) return false;
        if (head.Framing == BodyFraming.Length && !TakeLength(body, head.ContentLength)) return false;
        if (head.Framing == BodyFraming.UntilClose && response)
        {
            while (Feed()) { }
            body.Append(Http1Kit.Text(_raw.AsSpan(_at)));
            _at = _end;
        }

        if (head.Framing == BodyFraming.Chunked)
        {
            Http1Encoder.WriteChunk(_output, Http1Kit.Bytes(body.ToString()));
            Http1Encoder.WriteLastChunk(_output, trailers);
        }
        else _output.Append(Http1Kit.Bytes(body.ToString()));

        _messages.Add(new Forwarded(start, body.ToString(), Http1Kit.Text(trailers), Http1Kit.Take(_output)));
        return true;
    }

    private bool TakeLength(StringBuilder body, long length)
    {
        while (_end - _at < length)
        {
            if (!Feed()) return false;
        }

        body.Append(Http1Kit.Text(_raw.AsSpan(_at, (int)length)));
        _at += (int)length;
        return true;
    }

    private bool TakeChunks(StringBuilder body, out ReadOnlySpan<byte> trailers, out RejectReason reason)
    {
        ChunkedDecoder decoder = new(Http1Limits.Default);
        while (true)
        {
            byte[] piece = _raw[_at.._end];
            ChunkStatus status = decoder.Decode(piece, out int consumed, out int start, out int length);
            body.Append(Http1Kit.Text(piece.AsSpan(start, length)));
            _at += consumed;
            trailers = decoder.Trailers.Lines;
            reason = decoder.Reason;
            if (status == ChunkStatus.Complete) return true;
            if (status == ChunkStatus.Rejected || !Feed()) return false;
        }
    }

    private bool Feed()
    {
        if (_end == _raw.Length) return false;
        _end = (int)Math.Min(_raw.Length, (long)_end + Math.Max(1, pieces(_end)));
        return true;
    }
}
