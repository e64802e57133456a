using System.Buffers.Text;
using System.Text;
using Mesh.Node.Telemetry;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy;

/// <summary>
/// The half between two nodes: what the inbound side tells with a response, what the node that asked hears of it, and refusals. Nothing is allocated
/// but for refusals.
/// </summary>
internal sealed partial class RequestPath
{
    /// <summary>How long the app took for its head, and how many requests are out to it, this one among them.</summary>
    private void TellLoad() => HeaderRules.AddLoad(_edits, Math.Max(0, EventLoop.NowNs - _call.StartNs) / 1000, _call.InFlight);

    /// <summary>Only of a node that was asked for an instance: an app may write what it likes.</summary>
    private void HearLoad(ResponseHead head)
    {
        if (_call.Instance is null || !head.TryGetField("mesh-load"u8, out ReadOnlySpan<byte> value)) return;
        if (Utf8Parser.TryParse(value, out long microseconds, out int length) && microseconds >= 0 && length < value.Length && value[length] == ',')
            _route.Backend!.AppLatency.Note(microseconds);
    }

    private void RefuseInboundCold()
    {
        string instance = _server.Request.TryGetField("mesh-instance"u8, out ReadOnlySpan<byte> value) ? Encoding.Latin1.GetString(value) : "";
        _fault = InboundFaults.Explain(_fault, instance, out InboundRefusal? refusal);
        if (refusal is { } why) parts.Series.Inbound.Count(_loop.Index, why);
    }
}
