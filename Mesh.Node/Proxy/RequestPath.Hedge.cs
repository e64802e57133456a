using Mesh.Node.Proxy.Retries;
using Mesh.Routing.Accrual;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy;

/// <summary>
/// The half that hedges: a request that waits long is sent to a second endpoint as well, and the first good response serves. Methods here may
/// allocate; they run only where hedging is configured.
/// </summary>
/// <remarks>
/// The second attempt is a flow of its own on the same loop. It ends the wait of the first one when its response is good; else it leaves no
/// trace but its failure. The present attempt is always <see cref="_call"/>: a winner takes its place, and the rest of the path does not know.
/// Interim responses of the first attempt pass on while both are out; those of the second are dropped, since the client did not ask twice.
/// </remarks>
internal sealed partial class RequestPath
{
    private Hedge? _hedge;

    private async ValueTask<ResponseArrival> NextHeadHedgedColdAsync()
    {
        Hedge hedge = _hedge ??= new Hedge(_server, _call.Streams is not null, BeginHedge);
        if (_attempts.TryPlanHedge(out long delay)) hedge.DueNs = _call.StartNs + delay;
        if (hedge.DueNs != LoopTimer.Never && !hedge.IsBegun) hedge.Set(_loop, hedge.DueNs);
        ResponseArrival arrival = await _call.Client!.NextHeadAsync(AttemptDeadline());
        hedge.Remove(_loop);
        bool isInterim = arrival == ResponseArrival.Head && IsInterim();
        if (!isInterim) hedge.DueNs = LoopTimer.Never;
        if (!hedge.IsBegun || (isInterim && ++hedge.Interims <= MaxInterims)) return arrival;
        return await SettleColdAsync(hedge, arrival);
    }

    /// <summary>The first attempt has had its time: a second one begins, if everything allows it.</summary>
    private void BeginHedge()
    {
        Hedge hedge = _hedge!;
        if (_server.IsGone || _upgrading || !_upload.TryEnd() || !_server.CanRewindBody || !hedge.Call.TryLeaseBeside(_call)) return;
        if (!_attempts.TrySpendOnHedge(EventLoop.NowNs))
        {
            hedge.Call.Finish(Outcome.Ignored, 0, default);
            return;
        }

        hedge.Begin(_call.Client!);
        _server.GoneWatcher = hedge;
        hedge.Run = RunHedgeAsync(hedge);
    }

    private async Task<bool> RunHedgeAsync(Hedge hedge)
    {
        BackendCall call = hedge.Call;
        if (!call.TryConnect())
        {
            FaultReport report = await call.OpenColdAsync(mustBeOpen: false, _context.DeadlineNs);
            if (!report.IsNone) return false;
        }

        if (hedge.IsOver || !_server.TryRewindBody())
        {
            call.Finish(Outcome.Ignored, 0, default);
            return false;
        }

        ResponseArrival arrival = await SendHedgeAsync(hedge);
        if (hedge.IsOver) return false;
        if (arrival == ResponseArrival.Head && IsGood(call) && call.Client!.Response.Status != 429) return hedge.Win();
        await _upload.StopAsync(call.Client);
        if (hedge.IsOver) return false;
        Swap(hedge);
        EndFailed(arrival);
        Swap(hedge);
        return false;
    }

    /// <summary>Sends the request a second time and waits for the final head.</summary>
    private async ValueTask<ResponseArrival> SendHedgeAsync(Hedge hedge)
    {
        Swap(hedge);
        Send();
        long deadline = AttemptDeadline();
        Swap(hedge);
        hedge.IsSent = true;
        _server.GoneWatcher = hedge;
        IClientExchange client = hedge.Call.Client!;
        if (!_upload.IsRunning) await client.FlushAsync();
        ResponseArrival arrival = await client.NextHeadAsync(deadline);
        for (int interims = 0; interims < MaxInterims && arrival == ResponseArrival.Head && IsInterim(client.Response); interims++)
        {
            arrival = await client.NextHeadAsync(deadline);
        }

        return arrival;
    }

    /// <summary>The first attempt is over, by itself or because it was overtaken: decides which of the two serves, and ends the other.</summary>
    private async ValueTask<ResponseArrival> SettleColdAsync(Hedge hedge, ResponseArrival first)
    {
        bool failed = first != ResponseArrival.Head || !IsGood(_call);
        if (failed && !hedge.HasWon && !_server.IsGone)
        {
            hedge.IsAwaited = true;
            await hedge.Run!;
        }

        if (failed && hedge.HasWon && !_server.IsGone)
        {
            if (first == ResponseArrival.Cancelled) _call.GiveUp();
            else EndFailed(first);
            Swap(hedge);
            _attempts.CountHedgeWin();
            first = ResponseArrival.Head;
        }
        else
        {
            hedge.Stop();
            if (hedge.IsOurs)
            {
                await _upload.StopAsync(hedge.Call.Client);
                hedge.Call.GiveUp();
            }

            // A bug there is one here.
            if (hedge.Run!.IsFaulted) await hedge.Run;
        }

        _hedge = null;
        _server.GoneWatcher = _call.Client;
        return first;
    }

    private bool IsGood(BackendCall call)
    {
        int status = call.Client!.Response.Status;
        return status >= 200 && !Verdicts.IsFailure(Settings.Classifier, status);
    }

    /// <summary>Ends the present attempt, which has failed, without a word to the client: the other one serves, or still may.</summary>
    private void EndFailed(ResponseArrival arrival)
    {
        IGoneWatcher? watcher = _server.GoneWatcher;
        Accept(arrival);
        if (_fault.IsNone) EndFailed(_call.Client!.Response);
        _fault = default;
        _server.GoneWatcher = watcher;
    }

    private void Swap(Hedge hedge) => (_call, hedge.Call) = (hedge.Call, _call);
}
