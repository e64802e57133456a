namespace Mesh.Routing.Accrual;

/// <summary>Each outcome weighs the same: k = e^(-1/requests). Ripe once as many requests were taken in.</summary>
/// <param name="requests">1 or more.</param>
internal sealed class AverageOverRequests(int requests) : SuccessAverage
{
    private readonly int _requests = Math.Max(1, requests);
    private readonly double _kept = Math.Exp(-1.0 / Math.Max(1, requests));
    private int _taken;

    internal override bool Serves(AccrualConfig accrual) => accrual is AccrualConfig.SuccessRate rule && Math.Max(1, rule.Requests) == _requests;

    internal override (double Rate, bool IsRipe) Take(bool isSuccess, long nowNs)
    {
        bool isRipe = Volatile.Read(ref _taken) >= _requests || Interlocked.Increment(ref _taken) >= _requests;
        return (Blend(_kept, isSuccess), isRipe);
    }
}
