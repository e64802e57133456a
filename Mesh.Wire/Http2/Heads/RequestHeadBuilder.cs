using System.Text;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;

namespace Mesh.Wire.Http2.Heads;

/// <summary>
/// Makes a <see cref="RequestHead"/> of a block, or says why it is malformed (RFC 9113 section 8.3.1, RFC 8441 section 4). An extended CONNECT
/// becomes what HTTP/1 says for the same: a GET that offers an upgrade, so that all that comes later treats both alike.
/// </summary>
/// <param name="limits">Of the head.</param>
/// <param name="takesTunnels">Clients were told that they may send extended CONNECT.</param>
internal sealed class RequestHeadBuilder(Http1Limits limits, bool takesTunnels = true) : HeadBuilder(limits)
{
    /// <summary>What the start line and the lines of Host and Upgrade take beside their values, and a little more.</summary>
    private const int StartBytes = 64;
    private RequestHead _head = null!;
    private Slice _method;
    private Slice _scheme;
    private Slice _authority;
    private Slice _path;
    private Slice _protocol;

    protected override MessageHead Head => _head;

    /// <summary>Before the block is decoded into <see cref="HeadBuilder.Sink"/>.</summary>
    public void Begin(RequestHead head)
    {
        _head = head;
        _method = _scheme = _authority = _path = _protocol = default;
        BeginHead();
    }

    /// <summary>After it: the head is whole, or malformed. <paramref name="endStream"/>: no body follows.</summary>
    public RejectReason Finish(bool endStream)
    {
        RejectReason reason = FinishHead();
        if (reason != RejectReason.None) return reason;
        // Nobody is named: so HTTP/1 may say it, by no Host in its version 1.0 and by an empty one, and whoever passes it on makes up none (RFC 9113
        // section 8.3.1). It is for whoever listens; to HTTP/1 it goes on with the empty Host that its version 1.1 wants.
        _head.StartLineVerbatim &= _head.AuthorityLength > 0;
        _head.AcceptsTrailers = _head.Has(KnownField.Te);
        if (_head.TryGetField(KnownField.Expect, out ReadOnlySpan<byte> expectation))
            _head.ExpectsContinue = Ascii.EqualsIgnoreCase(expectation, "100-continue"u8);
        return ReadFraming(endStream);
    }

    protected override RejectReason TakePseudo(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        switch (name.Length)
        {
            case 5 when name.SequenceEqual(":path"u8): return Keep(ref _path, value);
            case 7 when name.SequenceEqual(":method"u8): return Keep(ref _method, value);
            case 7 when name.SequenceEqual(":scheme"u8): return Keep(ref _scheme, value);
            case 9 when name.SequenceEqual(":protocol"u8): return Keep(ref _protocol, value);
            case 10 when name.SequenceEqual(":authority"u8): return Keep(ref _authority, value);
            default: return RejectReason.InvalidPseudoField;
        }
    }

    protected override RejectReason WriteStartLine()
    {
        RejectReason reason = JudgeStart();
        if (reason != RejectReason.None) return reason;
        // Reserved at once, so that nothing below moves the bytes that it copies from.
        Arena.Reserve(_method.Length + _path.Length + _authority.Length + _protocol.Length + StartBytes);
        _head.Start = Arena.Length;
        _head.MethodStart = Arena.Length;
        ReadOnlySpan<byte> method = _protocol.IsThere ? "GET"u8 : Bytes(_method);
        _head.MethodLength = method.Length;
        Arena.Append(method);
        Arena.Append(" "u8);
        _head.TargetStart = Arena.Length;
        _head.TargetLength = _path.Length;
        Arena.Append(Bytes(_path));
        Arena.Append(" HTTP/1.1\r\n"u8);
        _head.FieldsStart = Arena.Length;
        (_head.SchemeStart, _head.SchemeLength) = (_scheme.Start, _scheme.Length);
        (_head.ProtocolStart, _head.ProtocolLength) = (_protocol.Start, _protocol.Length);
        _head.StartLineVerbatim = Bytes(_path)[0] == '/';
        if (_authority.IsThere) AppendHost();
        if (_protocol.IsThere) AppendUpgrade();
        return RejectReason.None;
    }

    /// <summary>Host beside :authority says the same, or the two hops would disagree on whom the request is for (RFC 9113 section 8.3.1).</summary>
    protected override RejectReason JudgeField(KnownField known, ReadOnlySpan<byte> value, out bool keeps)
    {
        keeps = true;
        if (known != KnownField.Host) return RejectReason.None;
        if (_authority.IsThere)
        {
            keeps = false;
            return Ascii.EqualsIgnoreCase(value, Bytes(_authority)) ? RejectReason.None : RejectReason.AuthorityMismatch;
        }

        if (_head.Has(KnownField.Host)) return RejectReason.MultipleHosts;
        if (value.IsEmpty || !RequestTarget.IsAuthority(value)) return RejectReason.InvalidHost;
        _head.AuthorityStart = Arena.Length + "host: ".Length;
        _head.AuthorityLength = value.Length;
        return RejectReason.None;
    }

    private RejectReason JudgeStart()
    {
        if (!_method.IsThere) return RejectReason.MissingPseudoField;
        ReadOnlySpan<byte> method = Bytes(_method);
        if (method.IsEmpty || method.ContainsAnyExcept(Http1Bytes.Token)) return RejectReason.InvalidMethod;
        _head.Method = RequestLine.MethodOf(method);
        bool connects = _head.Method == KnownMethod.Connect;
        if (connects && !_protocol.IsThere)
        {
            if (_scheme.IsThere || _path.IsThere) return RejectReason.InvalidPseudoField;
            return _authority.IsThere ? RejectReason.ConnectNotSupported : RejectReason.MissingPseudoField;
        }

        if (_protocol.IsThere && (!connects || !takesTunnels || !IsToken(Bytes(_protocol)))) return RejectReason.InvalidPseudoField;
        if (!_scheme.IsThere || !_path.IsThere) return RejectReason.MissingPseudoField;
        ReadOnlySpan<byte> scheme = Bytes(_scheme);
        if (!Ascii.EqualsIgnoreCase(scheme, "http"u8) && !Ascii.EqualsIgnoreCase(scheme, "https"u8)) return RejectReason.UnsupportedScheme;
        RejectReason reason = JudgePath(Bytes(_path));
        return reason == RejectReason.None && _authority.IsThere ? JudgeAuthority(Bytes(_authority)) : reason;
    }

    /// <summary>The origin form or <c>*</c>, of bytes that fit into a line of HTTP/1.</summary>
    private RejectReason JudgePath(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty || path.ContainsAny(Http1Bytes.TargetStop)) return RejectReason.InvalidTarget;
        if (_method.Length + path.Length + " HTTP/1.1\r\n".Length + 1 > Limits.MaxStartLineBytes) return RejectReason.StartLineTooLong;
        bool asterisk = path.Length == 1 && path[0] == '*' && _head.Method == KnownMethod.Options;
        return path[0] == '/' || asterisk ? RejectReason.None : RejectReason.InvalidTarget;
    }

    private static RejectReason JudgeAuthority(ReadOnlySpan<byte> authority)
    {
        if (authority.Contains((byte)'@')) return RejectReason.UserInfoInTarget;
        return authority.IsEmpty || !RequestTarget.IsAuthority(authority) ? RejectReason.InvalidAuthority : RejectReason.None;
    }

    private static bool IsToken(ReadOnlySpan<byte> value) => !value.IsEmpty && !value.ContainsAnyExcept(Http1Bytes.Token);

    private RejectReason ReadFraming(bool endStream)
    {
        // What follows the offer of an upgrade is no body.
        _head.Framing = endStream || _protocol.IsThere ? BodyFraming.None : BodyFraming.Chunked;
        if (!_head.Has(KnownField.ContentLength)) return RejectReason.None;
        RejectReason reason = FramingFields.ReadLength(_head, out long length);
        if (reason != RejectReason.None) return reason;
        if (endStream && length > 0) return RejectReason.ContentLengthMismatch;
        if (_protocol.IsThere) return length > 0 ? RejectReason.ContentLengthMismatch : RejectReason.None;
        _head.ContentLength = length;
        _head.Framing = BodyFraming.Length;
        return RejectReason.None;
    }

    private RejectReason Keep(ref Slice slice, ReadOnlySpan<byte> value)
    {
        if (slice.IsThere) return RejectReason.InvalidPseudoField;
        slice = new Slice(true, Arena.Length, value.Length);
        Arena.Append(value);
        return RejectReason.None;
    }

    private ReadOnlySpan<byte> Bytes(Slice slice) => Arena.Bytes.AsSpan(slice.Start, slice.Length);

    private void AppendHost()
    {
        _head.AuthorityStart = Arena.Length + "host: ".Length;
        _head.AuthorityLength = _authority.Length;
        Append("host"u8, Bytes(_authority), KnownField.Host, neverIndexed: false);
    }

    private void AppendUpgrade()
    {
        _head.Method = KnownMethod.Get;
        _head.OffersUpgrade = true;
        Append("upgrade"u8, Bytes(_protocol), KnownField.Upgrade, neverIndexed: false);
    }

    private readonly record struct Slice(bool IsThere, int Start, int Length);
}
