using System.Collections.Immutable;
using Mesh.Node.AdminConsole.Destinations;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;

namespace Mesh.Node.AdminConsole.Explaining;

/// <summary>Which endpoints of a destination a request could be sent to, and why not to the others. Pure.</summary>
internal static class EndpointSteps
{
    /// <summary>Endpoints that are told one by one.</summary>
    public const int MaxEndpoints = 64;

    /// <param name="status">Of the destination.</param>
    /// <param name="home">Where a balancer that hashes would send this very request; null for others.</param>
    /// <param name="beyond">What the node behind an endpoint says of it; null: nobody was asked.</param>
    public static ImmutableArray<Step> Of(DestinationStatus status, EndpointKeyText? home, Func<EndpointStatus, Step?> beyond)
    {
        bool isWeighted = status.Endpoints.Any(static endpoint => endpoint.Weight > 0);
        bool someOpen = status.Endpoints.Any(endpoint => IsOpen(endpoint) && (endpoint.Weight > 0 || !isWeighted));
        List<Step> steps = [Step.Fact("balancer", Choice(status, home, someOpen))];
        foreach (EndpointStatus endpoint in status.Endpoints.Take(MaxEndpoints))
        {
            Step? behind = beyond(endpoint);
            steps.Add(Of(endpoint, status, isWeighted, someOpen, home) with { Steps = behind is null ? [] : [behind] });
        }

        int more = status.Endpoints.Length - MaxEndpoints;
        if (more > 0) steps.Add(Step.Fact("omitted", $"and {more} more endpoints; `dest show` has all"));
        return [.. steps];
    }

    /// <summary>Whether a request may be sent there now, others being there or not.</summary>
    public static bool IsOpen(EndpointStatus endpoint) => endpoint.Condition switch
    {
        EndpointCondition.Alive or EndpointCondition.Probation => true,
        EndpointCondition.Dead => endpoint.NextProbeIn is { Ticks: <= 0 },
        _ => false,
    };

    private static Step Of(EndpointStatus endpoint, DestinationStatus status, bool isWeighted, bool someOpen, EndpointKeyText? home)
    {
        string name = DestinationText.Name(endpoint.Address, endpoint.Instance);
        (StepVerdict verdict, string what) = Judge(endpoint, status, isWeighted, someOpen, home);
        return new Step("endpoint", verdict, $"{name} {what}")
        {
            Facts =
            [
                ("address", endpoint.Address.ToString()), ("instance", endpoint.Instance ?? ""), ("state", DestinationText.Word(endpoint.Condition)),
                ("reason", DestinationText.Reason(endpoint) ?? ""),
            ],
        };
    }

    private static (StepVerdict Verdict, string What) Judge(
        EndpointStatus endpoint, DestinationStatus status, bool isWeighted, bool someOpen, EndpointKeyText? home)
    {
        string reason = DestinationText.Reason(endpoint) is { } why ? $": {why}" : "";
        string since = endpoint.StandsFor is { } span ? $"{DestinationText.Word(endpoint.Condition)} for {DestinationText.Span(span)}"
            : DestinationText.Word(endpoint.Condition);
        if (isWeighted && endpoint.Weight <= 0) return (StepVerdict.No, "has weight 0, and takes no traffic");
        if (IsOpen(endpoint))
        {
            if (home is { } one && (one.Address != endpoint.Address.ToString() || one.Instance != endpoint.Instance))
                return (StepVerdict.Fact, $"{since}; the hash of this request leads elsewhere");
            string load = endpoint.Latency > TimeSpan.Zero ? $", ewma {DestinationText.Span(endpoint.Latency)}" : "";
            string probe = endpoint.Condition == EndpointCondition.Dead ? $"{since}{reason}: the next request drawn for it is the probe" : since;
            return (StepVerdict.Yes, $"may be picked; {probe}; out {endpoint.InFlight}{load}");
        }

        if (endpoint.Condition is EndpointCondition.Dead && status.IsPanicking)
            return (StepVerdict.Yes, $"may be picked in panic, though it is {since}{reason}");
        if (!someOpen) return (StepVerdict.Unknown, $"is {since}{reason}; used for want of a better one");
        string last = endpoint.Condition == EndpointCondition.Doubted ? "used last: " : "not picked: ";
        return (StepVerdict.No, $"{last}{since}{reason}");
    }

    private static string Choice(DestinationStatus status, EndpointKeyText? home, bool someOpen)
    {
        string how = status.Endpoints.Length == 1 ? "there is one endpoint" : status.Options.Balancer.Kind switch
        {
            BalancerKind.PeakEwma => "two are drawn by weight, the one with less ewma latency x (requests out + 1) gets it",
            BalancerKind.LeastLoaded => "two are drawn by weight, the one with fewer requests out gets it",
            BalancerKind.RoundRobin => "each in its turn",
            BalancerKind.Aperture => "two are drawn of the part of the endpoints that this node uses, the one with fewer requests out gets it",
            BalancerKind.Heap => "the one with the fewest requests out gets it",
            _ when home is not null => "the request's key leads to one",
            _ => "this request has no key to hash: one is drawn",
        };
        string panic = status.IsPanicking ? $"; PANIC: {status.Usable} of {status.Endpoints.Length} are usable, the others are used too" : "";
        string nobody = someOpen || status.Endpoints.IsEmpty ? "" : "; nobody is open: it fails open, and one is tried all the same";
        return $"balancer {Admin.ClientStateWords.Of(status.Options.Balancer.Kind)}: {how}{panic}{nobody}";
    }
}

/// <summary>What tells an endpoint from its siblings, as text.</summary>
internal readonly record struct EndpointKeyText(string Address, string? Instance);
