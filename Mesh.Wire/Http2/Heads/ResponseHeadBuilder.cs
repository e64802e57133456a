using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;

namespace Mesh.Wire.Http2.Heads;

/// <summary>Makes a <see cref="ResponseHead"/> of a block, or says why it is malformed (RFC 9113 section 8.3.2).</summary>
internal sealed class ResponseHeadBuilder(Http1Limits limits) : HeadBuilder(limits)
{
    private const int StatusDigits = 3;
    private ResponseHead _head = null!;
    private KnownMethod _method;

    protected override MessageHead Head => _head;

    /// <summary>Before the block is decoded into <see cref="HeadBuilder.Sink"/>. <paramref name="method"/> is the request's.</summary>
    public void Begin(ResponseHead head, KnownMethod method)
    {
        _head = head;
        _method = method;
        BeginHead();
    }

    /// <summary>After it: the head is whole, or malformed. <paramref name="endStream"/>: no body follows.</summary>
    public RejectReason Finish(bool endStream)
    {
        RejectReason reason = FinishHead();
        if (reason != RejectReason.None) return reason;
        return _head.IsInterim && endStream && _head.Status != 101 ? RejectReason.InterimEndsStream : ReadFraming(endStream);
    }

    protected override RejectReason TakePseudo(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!name.SequenceEqual(":status"u8) || _head.Status != 0) return RejectReason.InvalidPseudoField;
        if (value.Length != StatusDigits || value.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return RejectReason.InvalidStatus;
        _head.Status = (value[0] - '0') * 100 + (value[1] - '0') * 10 + (value[2] - '0');

        // 101 has no meaning here: RFC 9113 section 8.6 took it away.
        return _head.Status is < 100 or > 599 or 101 ? RejectReason.InvalidStatus : RejectReason.None;
    }

    protected override RejectReason WriteStartLine()
    {
        if (_head.Status == 0) return RejectReason.MissingPseudoField;

        // The tunnel that an extended CONNECT asked for is what HTTP/1 says 101 for (RFC 8441 section 5).
        if (_method == KnownMethod.Connect && _head.Status is >= 200 and < 300) _head.Status = 101;
        _head.Start = Arena.Length;
        Arena.Append("HTTP/1.1 "u8);
        Arena.Append([(byte)('0' + _head.Status / 100), (byte)('0' + _head.Status / 10 % 10), (byte)('0' + _head.Status % 10), (byte)' ']);
        ReadOnlySpan<byte> phrase = ReasonPhrases.Of(_head.Status);
        _head.ReasonStart = Arena.Length;
        _head.ReasonLength = phrase.Length;
        Arena.Append(phrase);
        Arena.Append("\r\n"u8);
        _head.FieldsStart = Arena.Length;
        _head.StartLineVerbatim = true;
        return RejectReason.None;
    }

    protected override RejectReason JudgeField(KnownField known, ReadOnlySpan<byte> value, out bool keeps)
    {
        keeps = true;
        return RejectReason.None;
    }

    /// <summary>As RFC 9112 section 6.3 has it, so that a hop of either kind can go on; the stream's end tells the body's.</summary>
    private RejectReason ReadFraming(bool endStream)
    {
        long length = -1;
        RejectReason reason = _head.Has(KnownField.ContentLength) ? FramingFields.ReadLength(_head, out length) : RejectReason.None;
        if (reason != RejectReason.None) return reason;
        bool never = _head.IsInterim || _head.Status == 204;
        if (_head.IsInterim && length > 0) return RejectReason.BodyOnInterim;
        bool bodiless = never || _head.Status == 304 || _method == KnownMethod.Head;
        if (!bodiless && endStream && length > 0) return RejectReason.ContentLengthMismatch;
        _head.ContentLength = never ? -1 : !bodiless && endStream ? 0 : length;
        _head.Framing = bodiless ? BodyFraming.None : endStream || length >= 0 ? BodyFraming.Length : BodyFraming.Chunked;
        return RejectReason.None;
    }
}
