using System.Buffers.Text;
using Mesh.Wire;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;
using Mesh.Wire.Tls;

namespace Mesh.Node.Proxy.Context;

/// <summary>
/// What a request tells of the call that it is part of, read once and told on with each attempt: the time left, the trace, the depth.
/// </summary>
/// <remarks>
/// Hot path: one object per client connection, reused. A request without <c>l5d-*</c> or foreign trace fields costs a random id and
/// its lines. Source: Linkerd's LinkerdHeaders; docs/HEADERS.md is the table.
/// </remarks>
internal sealed class CallContext(ServerContext server, IServerExchange connection)
{
    /// <summary>The longest time that a caller can claim to have left: one day, milliseconds.</summary>
    public const long MaxRemainingMs = 86_400_000;

    private const int IdDigits = 16;

    private readonly ForwardedField? _forwarded =
        server.Forwarded is { } config ? new ForwardedField(config, server.RouterLabel, connection.Transport) : null;

    private TraceField _trace;
    private DeadlineField? _callersDeadline;
    private double? _sample;
    private ulong _requestId;
    private int _callersDeadlines;
    private bool _writesTrace;
    private bool _entered;

    /// <summary>When nobody waits for the response's head any more, monotonic nanoseconds; Never without a limit.</summary>
    public long DeadlineNs { get; private set; }

    /// <summary>It is the caller who set the time, not this node's config: its end says nothing of the backend.</summary>
    public bool IsCallersTime { get; private set; }

    /// <summary>Nothing that the client says of context is believed, and nothing is told to it.</summary>
    public bool IsCleared => server.ClearsContext;

    /// <summary>Another node has routed the request: what it tells passes as it is, and nothing is added.</summary>
    public bool IsInbound => server.IsInbound;

    /// <summary>The request is a copy that a node before made, as far as it is believed.</summary>
    public bool IsCopy(RequestHead head) => head.Has(KnownField.MeshMirror) && !IsCleared;

    public bool IsSecured => server.IsSecured;

    /// <summary>The line that tells who the client proved to be; empty where it did not. Made once.</summary>
    public byte[] ClientCertificate => field ??= ClientCertificateField.LineOf((connection.Transport as TlsTransport)?.Peer);

    /// <summary>Admits a request and reads what it tells; a fault when it goes no further.</summary>
    public FaultReport Begin(RequestHead head, long nowNs, ref SplitMix64 random)
    {
        DeadlineNs = server.TimeoutNs == LoopTimer.Never ? LoopTimer.Never : nowNs + server.TimeoutNs;
        _entered = server.TryEnter();
        if (!_entered) return ContextFaults.TooManyRequests(server.MaxConcurrentRequests);
        if (head.Has(KnownField.Via) && Depth(head) > server.MaxCallDepth) return ContextFaults.TooDeep(server.MaxCallDepth);
        if (IsInbound && InboundFaults.HasPassedInbound(head)) return InboundFaults.Loop;
        IsCallersTime = false;
        _callersDeadline = null;
        _callersDeadlines = 0;
        _sample = null;
        _writesTrace = true;
        _requestId = random.Next();
        _trace = TraceField.Begin(_requestId);
        if (head.Has(KnownField.TraceContext)) ReadForeignTrace(head);
        if (head.Has(KnownField.Linkerd) && !IsCleared) Read(head, nowNs);
        return nowNs >= DeadlineNs ? ContextFaults.NoTimeLeft : default;
    }

    /// <summary>The request is over; what <see cref="Begin"/> took is given back.</summary>
    public void End()
    {
        if (_entered) server.Leave();
        _entered = false;
    }

    /// <summary>A further limit, such as the service's; the earlier one holds.</summary>
    public void Tighten(long deadlineNs, bool isCallers = false)
    {
        if (deadlineNs >= DeadlineNs) return;
        DeadlineNs = deadlineNs;
        IsCallersTime = isCallers;
    }

    /// <summary>Drops the fields that end here, and adds what the next hop is told.</summary>
    /// <param name="head">The request.</param>
    /// <param name="edits">Of the attempt.</param>
    /// <param name="attemptDeadlineNs">When this attempt is given up; Never for no limit of its own.</param>
    /// <param name="random">The loop's.</param>
    public void EditRequest(RequestHead head, HeadEdits edits, long attemptDeadlineNs, ref SplitMix64 random)
    {
        long limit = Math.Min(DeadlineNs, attemptDeadlineNs);
        bool rewritesDeadline = limit != LoopTimer.Never || _callersDeadlines > 1;
        if (head.Has(KnownField.Mesh)) HeaderRules.DropFields(head, edits, KnownField.Mesh);
        if (!IsInbound && head.Has(KnownField.ClientCertificate)) HeaderRules.DropFields(head, edits, KnownField.ClientCertificate);
        if (IsCleared && head.Has(KnownField.MeshMirror)) HeaderRules.DropFields(head, edits, KnownField.MeshMirror);
        if (head.Has(KnownField.Linkerd)) DropFields(head, edits, rewritesDeadline);
        if (!IsInbound) AddTrace(edits);
        if (rewritesDeadline) AddDeadline(edits, limit);
        if (_forwarded is not null) _forwarded.Write(head, edits, ref random);
        if (server.TimestampHeader is { } name) AddNumber(edits, name, server.Time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    private void Read(RequestHead head, long nowNs)
    {
        foreach (ref readonly Field field in head.Fields)
        {
            if (field.Known != KnownField.Linkerd) continue;
            ReadOnlySpan<byte> value = head.Value(field);
            switch (LinkerdFields.Find(head.Name(field)))
            {
                case LinkerdField.Remaining:
                    if (Number(value) is { } left) Tighten(nowNs + (Math.Clamp(left, 0, MaxRemainingMs) * 1_000_000), isCallers: true);
                    break;
                case LinkerdField.ContextDeadline when DeadlineField.TryParse(value, out DeadlineField deadline):
                    _callersDeadline = _callersDeadline is { } other ? DeadlineField.Strictest(other, deadline) : deadline;
                    _callersDeadlines++;
                    break;
                case LinkerdField.ContextTrace when TraceField.TryParse(value, out TraceField trace):
                    (_trace, _requestId, _writesTrace) = (trace, trace.Trace, false);
                    break;
                case LinkerdField.Sample when Utf8Parser.TryParse(value, out double share, out int length) && length == value.Length:
                    if (!double.IsNaN(share)) _sample = Math.Clamp(share, 0, 1);
                    break;
            }
        }

        if (_sample is not { } rate) return;
        TraceField sampled = _trace.Sample(rate);
        _writesTrace |= sampled != _trace;
        _trace = sampled;
    }

    /// <summary>
    /// A trace that is not Linkerd's travels as it is, and no second one is begun beside it; its id (the lower half of 128 bits) is the request's.
    /// </summary>
    private void ReadForeignTrace(RequestHead head)
    {
        _writesTrace = false;
        ReadOnlySpan<byte> id = default;
        if (head.TryGetField("traceparent"u8, out ReadOnlySpan<byte> parent))
        {
            // W3C Trace Context: 00-<32 digits>-<16 digits>-<flags>.
            if (parent.Length > 35 && parent[2] == '-' && parent[35] == '-') id = parent.Slice(3, 32);
        }
        else if (head.TryGetField("x-b3-traceid"u8, out ReadOnlySpan<byte> b3)) id = b3;
        else if (head.TryGetField("b3"u8, out b3) && b3.IndexOf((byte)'-') is > 0 and int end) id = b3[..end];

        if (id.Length < IdDigits) return;
        ReadOnlySpan<byte> lower = id[^IdDigits..];
        if (Utf8Parser.TryParse(lower, out ulong value, out int length, 'x') && length == IdDigits) _requestId = value;
    }

    private void DropFields(RequestHead head, HeadEdits edits, bool rewritesDeadline)
    {
        ReadOnlySpan<Field> fields = head.Fields;
        for (int i = 0; i < fields.Length; i++)
        {
            if (fields[i].Known != KnownField.Linkerd) continue;
            bool drops = IsCleared || LinkerdFields.Find(head.Name(fields[i])) switch
            {
                LinkerdField.Other or LinkerdField.AddContext or LinkerdField.Error or LinkerdField.SuccessClass => false,
                LinkerdField.ContextDeadline => rewritesDeadline,
                not LinkerdField.Remaining when IsInbound => false,
                LinkerdField.ContextTrace => _writesTrace,
                _ => true,
            };
            if (drops) edits.Drop(i);
        }
    }

    private void AddTrace(HeadEdits edits)
    {
        Span<byte> value = stackalloc byte[TraceField.LongestText];
        Utf8Formatter.TryFormat(_requestId, value, out int digits, new System.Buffers.StandardFormat('x', IdDigits));
        edits.Add("l5d-reqid"u8, value[..digits]);
        if (_writesTrace) edits.Add("l5d-ctx-trace"u8, value[.._trace.Write(value)]);
    }

    private void AddDeadline(HeadEdits edits, long limit)
    {
        DeadlineField? deadline = _callersDeadline;
        if (limit != LoopTimer.Never)
        {
            long leftNs = Math.Max(0, limit - EventLoop.NowNs);
            AddNumber(edits, "l5d-remaining-ms"u8, leftNs / 1_000_000);
            long now = server.Time.GetUtcNow().Subtract(DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
            DeadlineField ours = new(now, now + leftNs);
            deadline = deadline is { } callers ? DeadlineField.Strictest(callers, ours) : ours;
        }

        if (deadline is not { } strictest) return;
        Span<byte> value = stackalloc byte[DeadlineField.LongestText];
        edits.Add("l5d-ctx-deadline"u8, value[..strictest.Write(value)]);
    }

    private static void AddNumber(HeadEdits edits, ReadOnlySpan<byte> name, long number)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(number, digits, out int length);
        edits.Add(name, digits[..length]);
    }

    private static long? Number(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out long number, out int length) && length == value.Length ? number : null;

    /// <summary>Entries of all Via fields: the nodes that the request has passed (RFC 9110 section 7.6.3).</summary>
    private static int Depth(RequestHead head)
    {
        int depth = 0;
        foreach (ref readonly Field field in head.Fields)
        {
            if (field.Known == KnownField.Via) depth += head.Value(field).Count((byte)',') + 1;
        }

        return depth;
    }
}
