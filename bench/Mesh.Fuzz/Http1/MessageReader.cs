using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;

namespace Mesh.Fuzz.Http1;

/// <summary>One whole message, and how the next hop is sent it.</summary>
/// <param name="Head">As it was parsed.</param>
/// <param name="Body">Its payload.</param>
/// <param name="Trailers">Ready lines.</param>
/// <param name="Wire">What the encoder makes of it.</param>
internal sealed record Message(MessageHead Head, byte[] Body, byte[] Trailers, byte[] Wire)
{
    /// <summary>Where it ends in the stream.</summary>
    public int End { get; init; }
}

/// <summary>What became of a stream of bytes.</summary>
internal sealed record StreamOutcome(IReadOnlyList<Message> Messages, string End)
{
    /// <summary>Equal where, and only where, a next hop and the client could not tell the two apart.</summary>
    public string Summary => string.Join('|', Messages.Select(static message => Convert.ToHexString(message.Wire))) + "|" + End;
}

/// <summary>A connection without anything around it: parsers, decoder and encoder over bytes that come in pieces.</summary>
internal sealed class MessageReader(byte[] raw, Http1Limits limits, Func<int> nextPiece)
{
    /// <summary>Stands where nothing has arrived yet, so that whoever looks too far reads nonsense.</summary>
    private const byte NotYet = 0xEE;

    private static readonly HeadEdits s_noEdits = new();
    private readonly byte[] _arena = Filled(raw.Length + 64);
    private readonly List<Message> _messages = [];
    private readonly OutputBuffer _output = new();
    private int _at;
    private int _end;

    public static StreamOutcome Requests(byte[] raw, Http1Limits limits, Func<int>? nextPiece = null) =>
        new MessageReader(raw, limits, nextPiece ?? (() => raw.Length)).Read(null);

    public static StreamOutcome Responses(byte[] raw, Http1Limits limits, KnownMethod method, Func<int>? nextPiece = null) =>
        new MessageReader(raw, limits, nextPiece ?? (() => raw.Length)).Read(method);

    /// <param name="method">Of the requests that are answered; null: these are requests.</param>
    private StreamOutcome Read(KnownMethod? method)
    {
        while (true)
        {
            MessageHead head = method is null ? new RequestHead() : new ResponseHead();
            int scanned = _at;
            HeadStatus status;
            RejectReason reason;
            do status = Parse(head, method, ref scanned, out reason);
            while (status == HeadStatus.NeedMore && Feed());
            if (status != HeadStatus.Complete) return Ended(status == HeadStatus.Rejected, reason);
            JudgeLimits(head);
            _at = head.End;
            FuzzFaultException.Require(_at <= _end, "a head ends behind what came");
            WriteHead(head);
            if (!TakeBody(head, out reason)) return Ended(reason != RejectReason.None, reason);
            if (head is RequestHead ? !head.KeepAlive : head.Framing == BodyFraming.UntilClose) return new StreamOutcome(_messages, "closed");
        }
    }

    private StreamOutcome Ended(bool rejected, RejectReason reason)
    {
        _output.Release();
        FuzzFaultException.Require(rejected == (reason != RejectReason.None) && Enum.IsDefined(reason), $"a refusal without its reason: {reason}");
        return new StreamOutcome(_messages, rejected ? "rejected" : "open");
    }

    private HeadStatus Parse(MessageHead head, KnownMethod? method, ref int scanned, out RejectReason reason) => head is RequestHead request
        ? RequestHeadParser.Parse(_arena, _at, _end, ref scanned, request, limits, out reason)
        : ResponseHeadParser.Parse(_arena, _at, _end, ref scanned, (ResponseHead)head, method!.Value, limits, out reason);

    private void JudgeLimits(MessageHead head)
    {
        bool within = head.End - head.Start <= limits.MaxHeadBytes && head.FieldsStart - head.Start <= limits.MaxStartLineBytes
            && head.FieldCount <= limits.MaxFields;
        FuzzFaultException.Require(within, $"a head over its limits was taken: {head.End - head.Start} bytes, {head.FieldCount} fields");
    }

    private void WriteHead(MessageHead head)
    {
        if (head is RequestHead request)
            Http1Encoder.WriteRequestHead(_output, request, s_noEdits, head.Framing, head.ContentLength, true, request.AcceptsTrailers, default);
        else if (head is ResponseHead { IsInterim: true, Status: not 101 } interim) Http1Encoder.WriteInterim(_output, interim, s_noEdits);
        else Http1Encoder.WriteResponseHead(_output, (ResponseHead)head, s_noEdits, FramingOn(head), head.ContentLength, 1, false, default);
    }

    /// <summary>A body without a length goes on in chunks.</summary>
    private static BodyFraming FramingOn(MessageHead head) => head.Framing == BodyFraming.UntilClose ? BodyFraming.Chunked : head.Framing;

    private bool TakeBody(MessageHead head, out RejectReason reason)
    {
        reason = RejectReason.None;
        List<byte> body = [];
        ReadOnlySpan<byte> trailers = default;
        if (head.Framing == BodyFraming.Chunked && !TakeChunks(body, out trailers, out reason)) return false;
        if (head.Framing == BodyFraming.Length && !TakeLength(body, head.ContentLength)) return false;
        if (head.Framing == BodyFraming.UntilClose)
        {
            while (Feed()) { }
            body.AddRange(_arena.AsSpan(_at, _end - _at));
            _at = _end;
        }

        byte[] payload = [.. body];
        if (FramingOn(head) == BodyFraming.Chunked)
        {
            Http1Encoder.WriteChunk(_output, payload);
            Http1Encoder.WriteLastChunk(_output, trailers);
        }
        else _output.Append(payload);

        _messages.Add(new Message(head, payload, trailers.ToArray(), _output.Pending.ToArray()) { End = _at });
        _output.Release();
        return true;
    }

    private bool TakeLength(List<byte> body, long length)
    {
        while (_end - _at < length)
        {
            if (!Feed()) return false;
        }

        body.AddRange(_arena.AsSpan(_at, (int)length));
        _at += (int)length;
        return true;
    }

    private bool TakeChunks(List<byte> body, out ReadOnlySpan<byte> trailers, out RejectReason reason)
    {
        ChunkedDecoder decoder = new(limits);
        while (true)
        {
            byte[] piece = _arena[_at.._end];
            ChunkStatus status = decoder.Decode(piece, out int consumed, out int start, out int length);
            FuzzFaultException.Require(consumed <= piece.Length && start + length <= consumed, "the decoder used more than it was given");
            FuzzFaultException.Require(status != ChunkStatus.NeedMore || consumed == piece.Length,
                "the decoder left something of a body that goes on");
            body.AddRange(piece.AsSpan(start, length));
            _at += consumed;
            trailers = decoder.Trailers.Lines;
            reason = decoder.Reason;
            FuzzFaultException.Require(trailers.Length <= limits.MaxTrailerBytes, "trailers over their limit were taken");
            if (status == ChunkStatus.Complete) return true;
            if (status == ChunkStatus.Rejected || !Feed()) return false;
        }
    }

    private bool Feed()
    {
        if (_end == raw.Length) return false;
        int count = Math.Min(raw.Length - _end, Math.Max(1, nextPiece()));
        raw.AsSpan(_end, count).CopyTo(_arena.AsSpan(_end));
        _end += count;
        return true;
    }

    private static byte[] Filled(int count)
    {
        byte[] bytes = new byte[count];
        bytes.AsSpan().Fill(NotYet);
        return bytes;
    }
}
