using Mesh.Node.Proxy.Opaque;
using Mesh.Routing.Accrual;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Opaque;
using Mesh.Wire.Transports;

namespace Mesh.Node.Proxy;

/// <summary>
/// The half of the inbound side that another node asks for a connection instead of an answer (<see cref="MeshTunnel"/>): the app is connected, and
/// bytes pass both ways. Runs only for such.
/// </summary>
internal sealed partial class RequestPath
{
    private async ValueTask TunnelToAppColdAsync()
    {
        _over = true;
        bool isTold = Introduction.TryRead(_server.Request, out Introduction told);
        OpaqueCall call = new(_loop, null) { Told = told };
        call.Begin(_route.Backend!, _route.Pair);
        _fault = isTold ? await call.OpenAsync(LoopTimer.In((long)router.BindingTimeout.TotalNanoseconds)) : InboundFaults.Introduction;
        if (!_fault.IsNone)
        {
            _over = false;
            await AnswerColdAsync();
            return;
        }

        Transport app = call.Transport!;
        TransportBody near = new(app, parts.TunnelIdleNs);
        _status = 200;
        _edits.Reset();
        _server.WriteUpgrade(ResponseHeads.Switching(), _edits, MeshTunnel.Token);
        SpliceEnd end = SpliceEnd.ClientBroke;
        try
        {
            if (await _server.FlushAsync())
            {
                TunnelSide far = new(_server, _server, BreakServer);
                end = await BodyPump.TunnelAsync(far, new TunnelSide(near, near, near.Abort));
            }
        }
        finally
        {
            // After a bug, too, nothing stays held.
            FinishTunnel(call, near, end);
        }
    }

    private void FinishTunnel(OpaqueCall call, TransportBody near, SpliceEnd end)
    {
        if (end == SpliceEnd.ServerBroke) _fault = OpaqueFaults.Broke(call.Address, _route.Backend!.Id);
        if (end == SpliceEnd.Ended) near.Close();
        else near.Abort();
        call.Finish(end == SpliceEnd.ServerBroke ? Outcome.Failure : end == SpliceEnd.ClientBroke ? Outcome.Ignored : Outcome.Success, _fault.Fault);
    }

    private void BreakServer()
    {
        _server.CancelBodyRead();
        _server.Abort();
    }
}
