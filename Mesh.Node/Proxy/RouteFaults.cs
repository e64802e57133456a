using Mesh.Routing.Bindings;
using Mesh.Routing.Destinations;
using Mesh.Routing.Dtabs;
using Mesh.Wire.Faults;

namespace Mesh.Node.Proxy;

/// <summary>Why a request has no backend, in words. Cold: faults and first requests.</summary>
internal static class RouteFaults
{
    /// <summary>How long a destination may take to take up its addresses: less than a millisecond, unless its actor crashes.</summary>
    private static readonly TimeSpan MaximumLag = TimeSpan.FromSeconds(1);

    /// <summary>Without a name there is no route; <paramref name="why"/> says what each identifier missed, or what could not be read.</summary>
    public static FaultReport Unidentified(Router router, string why) => new(
        new Fault(FaultStage.Identify, FaultParty.Client, FaultCause.Unidentified),
        $"Router {router.Label} cannot name this request: {why}.");

    /// <summary>What the binding says; a null snapshot means that none came in time.</summary>
    public static FaultReport OfBinding(ServiceBinding<Backend> binding, BindingSnapshot<Backend>? bound, TimeSpan timeout)
    {
        if (bound is null)
        {
            return new FaultReport(
                new Fault(FaultStage.Bind, FaultParty.Node, FaultCause.TimedOut),
                $"Exceeded {timeout.TotalSeconds:0.###} seconds binding timeout while resolving name: {binding.Name}. {binding.WaitingFor}");
        }

        if (bound.Failure is not { } failure) return default;
        FaultCause cause = failure.Kind == BindFailureKind.NamerFailed ? FaultCause.NamerFailed : FaultCause.Unbound;
        return new FaultReport(
            new Fault(FaultStage.Bind, FaultParty.Node, cause),
            $"Unable to route request! {failure.Explanation}");
    }

    /// <summary>Waits for a bound name's first addresses.</summary>
    /// <param name="backend">The destination; null for a share that goes to nobody.</param>
    /// <param name="binding">The name.</param>
    /// <param name="timeout">What was allowed in all, for the message.</param>
    /// <param name="rest">What is left of it.</param>
    public static async Task<FaultReport> AwaitAddressesAsync(
        Backend? backend, ServiceBinding<Backend> binding, TimeSpan timeout, TimeSpan rest)
    {
        if (backend is null) return NoAddress(binding, "its share of the traffic goes to $ (nobody)");
        Destination destination = backend.Destination;
        if (destination.IsBehind && rest > MaximumLag) rest = MaximumLag;
        TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using (destination.OnChange(() =>
        {
            if (!IsUnsettled(destination)) changed.TrySetResult();
        }))
        {
            if (IsUnsettled(destination))
            {
                await changed.Task.WaitAsync(rest, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        DestinationSnapshot snapshot = destination.Current;
        return snapshot.State switch
        {
            DestinationState.Available => default,
            DestinationState.NoAddress => NoAddress(binding, $"{backend.Id} has no address; add one, or let its dtab fall back to another name"),
            DestinationState.Failed => new FaultReport(
                new Fault(FaultStage.Bind, FaultParty.Node, FaultCause.NamerFailed), $"Unable to route request! {binding.Name}: {snapshot.Reason}"),
            _ => new FaultReport(
                new Fault(FaultStage.Bind, FaultParty.Node, FaultCause.TimedOut),
                $"Exceeded {timeout.TotalSeconds:0.###} seconds binding timeout while resolving name: {binding.Name}. "
                + $"The addresses of {backend.Id} are not known yet."),
        };
    }

    private static bool IsUnsettled(Destination destination) => destination.Current.State == DestinationState.Pending || destination.IsBehind;

    private static FaultReport NoAddress(ServiceBinding<Backend> binding, string why) => new(
        new Fault(FaultStage.Bind, FaultParty.Node, FaultCause.NoAddress), $"Unable to route request! {binding.Name}: {why}.");
}
