using System.Text;
using Mesh.Node.Proxy.Context;
using Mesh.Node.Proxy.Opaque;
using Mesh.Routing.Accrual;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy;

/// <summary>
/// The half that changes protocols where one side speaks HTTP/2: an Upgrade of HTTP/1.1 and an extended CONNECT (RFC 8441) are the same to the path,
/// and what one of them may answer and the other may not is refused here. Runs only for requests that offer an upgrade.
/// </summary>
internal sealed partial class RequestPath
{
    /// <summary>An Upgrade that is not allowed is just not offered on; an extended CONNECT has no other sense.</summary>
    private void JudgeTunnel()
    {
        ReadOnlySpan<byte> token = _server.Request.Protocol;
        if (_context.IsInbound && token.SequenceEqual(MeshTunnel.Token)) _forwards = Forwards.ToApp;
        else if (_fault.IsNone && !parts.Upgrades.Allows(token)) _fault = TunnelFaults.NotAllowed(Encoding.Latin1.GetString(token));
    }

    /// <summary>Before the offer is sent: an endpoint that speaks HTTP/2 must have said that it takes such. False: the attempt is over.</summary>
    private async ValueTask<bool> AgreesColdAsync()
    {
        RequestHead head = _server.Request;
        if (head.Framing != BodyFraming.None || HeaderRules.AllowedUpgrade(head, parts.Upgrades).IsEmpty) return true;
        IClientExchange client = _call.Client!;
        _server.GoneWatcher = client;
        bool takes = await client.TakesUpgradeAsync(AttemptDeadline());
        _server.GoneWatcher = null;
        if (takes) return true;
        _fault = _server.IsGone ? FaultTexts.ClientGone : TunnelFaults.NotTaken(_call.Address, _route.Backend!.Id);
        _call.Fail(Outcome.Ignored, _fault.Fault);
        return false;
    }

    /// <summary>
    /// The endpoint took no notice of the upgrade: to an extended CONNECT a success would mean that the tunnel is there. Or it switched, and never
    /// read the key of this node, which no server of WebSockets does.
    /// </summary>
    private void MissTunnel()
    {
        _fault = _upgrading
            ? TunnelFaults.WrongKey(_call.Address, _route.Backend!.Id)
            : TunnelFaults.NotSwitched(_call.Address, _route.Backend!.Id, _call.Client!.Response.Status);
        _upgrading = false;
        _server.GoneWatcher = null;
        _call.Fail(Outcome.Ignored, _fault.Fault);
    }
}
