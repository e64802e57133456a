using Mesh.Node.Proxy.Grpc;
using Mesh.Node.Proxy.Policies;
using Mesh.Node.Telemetry;
using Mesh.Routing.Retries;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy.Retries;

/// <summary>
/// How often the present request was sent, and whether it may be sent again. Two ways lead there. A *requeue* follows an attempt that provably did
/// nothing; it needs no leave from the service, only coins of the destination's budget. A *retry* follows a failure that may have done
/// something; the service's classifier and budget must allow it.
/// </summary>
/// <remarks>
/// Hot path for <see cref="Begin"/>; the rest runs after failures. A node that spent its retries, or that would have and was not allowed to, marks
/// the failure (<c>l5d-retries-spent</c>), and the nodes before it leave it at that: each layer that retries by itself would multiply
/// the load of the layers below, three layers with a budget of a fifth each by 1.7.
/// </remarks>
internal sealed class Attempts(EventLoop loop)
{
    /// <summary>
    /// Times that a request which provably did no harm is sent again: connect failures, and pooled connections that turned out dead.
    /// </summary>
    public const int MaxRequeues = 2;

    private ServiceProfile? _service;
    private Treatment? _treatment;
    private int _requeues;
    private long _pauseNs;
    private bool _denied;
    private bool _planned;

    /// <summary>Of the present request.</summary>
    public int Retries { get; private set; }

    /// <summary>The classifier lets a request of this method be made again whatever became of it.</summary>
    public bool MayRepeat { get; private set; }

    /// <summary>When its first attempt is slow, a second endpoint may be asked too.</summary>
    public bool MayHedge { get; private set; }

    /// <summary>Should the request fail now, nobody before this node should try it again.</summary>
    public bool IsSpent => Retries > 0 || _denied;

    /// <summary>A new request, which may be refused before <see cref="Begin"/>.</summary>
    public void Forget()
    {
        _service = null;
        MayRepeat = MayHedge = _denied = _planned = false;
        Retries = _requeues = 0;
    }

    /// <summary>The request's service is known; a request that may be sent more than once pays into its budget.</summary>
    /// <param name="service">Whose series count, and whose settings hold.</param>
    /// <param name="treatment">What a policy says in their place; null: nothing.</param>
    /// <param name="request">As it came.</param>
    /// <param name="isGrpc">It is a gRPC call, which is judged by its own classifier.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    public void Begin(ServiceProfile service, Treatment? treatment, RequestHead request, bool isGrpc, long nowNs)
    {
        (_service, _treatment) = (service, treatment);
        ServiceSettings settings = Settings;
        MayRepeat = isGrpc ? GrpcVerdicts.MayRepeat(settings) : Verdicts.MayRepeat(settings.Classifier, request.Method);
        MayHedge = settings.Retries.HedgeDelayNs != LoopTimer.Never && request.IsIdempotent;
        if (MayRepeat || MayHedge) Budget.Deposit(nowNs);
    }

    /// <summary>Whether the attempt, which provably did nothing, is made again; then it is counted.</summary>
    public bool TryRequeue(Backend backend, long nowNs)
    {
        bool isLast = _requeues == MaxRequeues;
        if (!TryRequeue(backend, isLast, loop.Index, nowNs))
        {
            _denied |= !isLast;
            return false;
        }

        _requeues++;
        return true;
    }

    /// <summary>The same of anything that provably did nothing; counted.</summary>
    /// <param name="backend">Whose budget pays.</param>
    /// <param name="isLast">As many attempts as may be have been made.</param>
    /// <param name="stripe">The calling loop's stripe.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    public static bool TryRequeue(Backend backend, bool isLast, int stripe, long nowNs)
    {
        if (isLast) backend.Events.Count(stripe, DestinationEvent.RequeueLimit);
        else if (backend.RequeueBudget.TryWithdraw(nowNs))
        {
            backend.Series.Requeues.Add(stripe);
            return true;
        }
        else backend.Events.Count(stripe, DestinationEvent.RequeueBudgetExhausted);

        return false;
    }

    /// <summary>
    /// Whether another attempt fits in the service's rules and the request's time; the budget is asked by <see cref="TrySpend"/> when all else is
    /// settled. When it does not fit, the failure is <see cref="IsSpent"/>.
    /// </summary>
    /// <param name="isHarmless">A node behind says that the attempt provably did nothing.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    /// <param name="deadlineNs">When nobody waits any more.</param>
    /// <param name="pauseNs">To wait before it.</param>
    public bool MayRetry(bool isHarmless, long nowNs, long deadlineNs, out long pauseNs)
    {
        pauseNs = 0;
        if (_service is null || (!MayRepeat && !isHarmless)) return false;
        RetrySettings settings = Settings.Retries;
        if (Retries >= settings.MaxRetries)
        {
            if (settings.MaxRetries > 0) Deny(ServiceEvent.RetryLimit);
            return false;
        }

        if (settings.Backoff is { } backoff) pauseNs = backoff.NextNs(_pauseNs, Retries, ref loop.Random);
        if (deadlineNs != LoopTimer.Never && pauseNs >= deadlineNs - nowNs)
        {
            _denied = true;
            return false;
        }

        _pauseNs = pauseNs;
        return true;
    }

    /// <summary>Takes the retry out of the service's budget.</summary>
    public bool TrySpend(long nowNs)
    {
        if (!Budget.TryWithdraw(nowNs))
        {
            Deny(ServiceEvent.RetryBudgetExhausted);
            return false;
        }

        Retries++;
        _service!.Series.Count(loop.Index, ServiceEvent.Retry);
        return true;
    }

    /// <summary>
    /// Whether the attempt that waits is the first and shall have a second beside it, should it wait longer than that. Once a request.
    /// </summary>
    public bool TryPlanHedge(out long delayNs)
    {
        delayNs = Settings.Retries.HedgeDelayNs;
        // A reload may have switched it off since the request came.
        bool plans = !_planned && Retries == 0 && delayNs != LoopTimer.Never;
        _planned = true;
        return plans;
    }

    /// <summary>Takes the second attempt out of the service's budget. That it is not paid for is no failure, and marks none.</summary>
    public bool TrySpendOnHedge(long nowNs)
    {
        bool pays = Budget.TryWithdraw(nowNs);
        _service!.Series.Count(loop.Index, pays ? ServiceEvent.Hedge : ServiceEvent.RetryBudgetExhausted);
        return pays;
    }

    /// <summary>The second attempt was faster.</summary>
    public void CountHedgeWin() => _service!.Series.Count(loop.Index, ServiceEvent.HedgeWin);

    /// <summary>The body cannot be sent again.</summary>
    public void DenyForBody() => Deny(ServiceEvent.BodyNotKept);

    private ServiceSettings Settings => _treatment?.Settings ?? _service!.Settings;

    private RetryBudget Budget => _treatment?.Budget ?? _service!.Budget;

    private void Deny(ServiceEvent why)
    {
        _service!.Series.Count(loop.Index, why);
        _denied = true;
    }
}
