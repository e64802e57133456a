using System.Buffers.Text;
using System.Text;
using Mesh.Discovery.Services;
using Mesh.Node.Proxy.Context;
using Mesh.Node.Proxy.Policies;
using Mesh.Node.Proxy.Retries;
using Mesh.Routing.Destinations;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy;

/// <summary>What this hop adds to heads and takes from them, beyond what the codec must do (hop-by-hop fields, framing).</summary>
/// <remarks>Hot path.</remarks>
internal static class HeaderRules
{
    /// <summary>Two names and a slash.</summary>
    private const int LongestInstance = (2 * ServiceNames.MaxLength) + 1;

    /// <summary>What the inbound side adds: that the request has come this far, since it must not come here again.</summary>
    private static ReadOnlySpan<byte> InboundHop => "mesh-hops: 1\r\n"u8;

    /// <summary>
    /// RFC 9110 section 7.6.3: what the message was received by; the pseudonym is the program's name, as Linkerd's was <c>linkerd</c>.
    /// </summary>
    private static ReadOnlySpan<byte> Via(MessageHead head) =>
        head.IsHttp2 ? "Via: 2 mesh\r\n"u8 : head.MinorVersion > 0 ? "Via: 1.1 mesh\r\n"u8 : "Via: 1.0 mesh\r\n"u8;

    /// <summary>Edits a request for one attempt: where it goes and why. A client's own <c>l5d-dst-*</c> would tell a backend lies.</summary>
    /// <param name="head">As it came.</param>
    /// <param name="edits">Of the attempt.</param>
    /// <param name="route">Of the request.</param>
    /// <param name="call">The attempt: its endpoint may want an authority, and another node's inbound side the instance that is meant.</param>
    public static void AddDestination(RequestHead head, HeadEdits edits, Route route, BackendCall call)
    {
        edits.AddLines(Via(head));
        edits.AddLines(route.Service!.RequestLines);
        edits.AddLines(route.Backend!.RequestLines);
        if (route.ContextLines is { } context) edits.AddLines(context);
        edits.TargetSkip = route.ConsumedTarget;
        edits.Authority = call.Authority;
        if (route.Residual.Length > 0) edits.Add("l5d-dst-residual"u8, route.Residual);
        if (call.Instance is { } instance) AddInstance(edits, instance);
    }

    public static void AddInboundHop(RequestHead head, HeadEdits edits)
    {
        edits.AddLines(Via(head));
        edits.AddLines(InboundHop);
    }

    /// <summary>Adds to a copy of a request where it goes, and that it is one.</summary>
    public static void AddMirror(RequestHead head, HeadEdits edits, MirrorPolicy policy, Backend backend, byte[] residual, Endpoint endpoint)
    {
        if (edits.Authority.Length == 0) edits.Authority = ((PooledEndpoint)endpoint.Resource!).Authority;
        edits.AddLines(Via(head));
        edits.AddLines(policy.RequestLines);
        edits.AddLines(backend.RequestLines);
        if (residual.Length > 0) edits.Add("l5d-dst-residual"u8, residual);
        if (endpoint.Key.Instance is { } instance) AddInstance(edits, instance);
    }

    /// <summary>
    /// What nodes tell each other alone is neither believed of anybody else nor passed on: a client would choose an instance, an app tell a load. Nor
    /// does a client say whose certificate it has shown.
    /// </summary>
    public static void DropFields(MessageHead head, HeadEdits edits, KnownField known)
    {
        ReadOnlySpan<Field> fields = head.Fields;
        for (int i = 0; i < fields.Length; i++)
        {
            if (fields[i].Known == known) edits.Drop(i);
        }
    }

    /// <summary>What the inbound side tells of the app: how long it took to answer, microseconds, and how many requests are out to it.</summary>
    public static void AddLoad(HeadEdits edits, long microseconds, int inFlight)
    {
        Span<byte> value = stackalloc byte[32];
        Utf8Formatter.TryFormat(microseconds, value, out int length);
        value[length++] = (byte)',';
        Utf8Formatter.TryFormat(inFlight, value[length..], out int digits);
        edits.Add("mesh-load"u8, value[..(length + digits)]);
    }

    public static void EditInterim(ResponseHead head, HeadEdits edits, bool clears)
    {
        edits.Reset();
        if (clears && head.Has(KnownField.Linkerd)) DropLinkerdFields(head, edits, all: true);
        if (head.Has(KnownField.Mesh)) DropFields(head, edits, KnownField.Mesh);
        edits.AddLines(Via(head));
    }

    /// <summary>Edits a response: the verdict on it is ours; where context is cleared, nothing of Linkerd's leaves.</summary>
    /// <param name="head">The response.</param>
    /// <param name="edits">Begun anew.</param>
    /// <param name="isSuccess">The verdict; null: it is known only when the trailers are.</param>
    /// <param name="isSpent">A failure that nobody before this node should try again.</param>
    /// <param name="clears">Whether context is cleared.</param>
    public static void EditResponse(ResponseHead head, HeadEdits edits, bool? isSuccess, bool isSpent, bool clears)
    {
        edits.Reset();
        if (head.Has(KnownField.Linkerd)) DropLinkerdFields(head, edits, clears);
        if (head.Has(KnownField.Mesh)) DropFields(head, edits, KnownField.Mesh);
        edits.AddLines(Via(head));
        if (clears) return;
        if (isSuccess is { } good) edits.AddLines(good ? "l5d-success-class: 1.0\r\n"u8 : "l5d-success-class: 0.0\r\n"u8);
        if (isSpent && !Verdicts.IsSpent(head)) edits.AddLines("l5d-retries-spent: true\r\n"u8);
    }

    /// <summary>
    /// The protocol that the client may change to: its Upgrade token, when the server allows it. Others are not offered on.
    /// </summary>
    public static ReadOnlySpan<byte> AllowedUpgrade(RequestHead head, UpgradePolicy policy)
    {
        if (!head.OffersUpgrade || !head.TryGetField(KnownField.Upgrade, out ReadOnlySpan<byte> token)) return default;
        return policy.Allows(token) ? token : default;
    }

    /// <summary>Nothing is allocated: names of services and instances are short (<see cref="ServiceNames.MaxLength"/>) and ASCII.</summary>
    private static void AddInstance(HeadEdits edits, string instance)
    {
        Span<byte> value = stackalloc byte[LongestInstance];
        int length = Encoding.ASCII.GetBytes(instance.AsSpan(0, Math.Min(instance.Length, LongestInstance)), value);
        edits.Add("mesh-instance"u8, value[..length]);
    }

    private static void DropLinkerdFields(ResponseHead head, HeadEdits edits, bool all)
    {
        ReadOnlySpan<Field> fields = head.Fields;
        for (int i = 0; i < fields.Length; i++)
        {
            if (fields[i].Known != KnownField.Linkerd) continue;
            if (all || LinkerdFields.Find(head.Name(fields[i])) == LinkerdField.SuccessClass) edits.Drop(i);
        }
    }
}
