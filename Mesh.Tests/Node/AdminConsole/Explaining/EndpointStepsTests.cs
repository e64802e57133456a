using System.Collections.Immutable;
using System.Net;
using Mesh.Node.AdminConsole.Explaining;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Tests.Node.AdminConsole.Destinations;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole.Explaining;

public sealed class EndpointStepsTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact]
    public void EachEndpoint_TellsWhetherItMayBePicked_AndWhyNot()
    {
        DestinationStatus status = Some.Status(
            Some.Endpoint(1),
            Some.Endpoint(2, EndpointCondition.Dead, new Evidence.InARow(Outcome.Failure, 5), probeIn: 3 * s_second),
            Some.Endpoint(3, EndpointCondition.Dead, new Evidence.InARow(Outcome.Failure, 5), probeIn: TimeSpan.Zero),
            Some.Endpoint(4, EndpointCondition.Sick, new Evidence.FailedCheck("GET /health answered 500")),
            Some.Endpoint(5, EndpointCondition.Doubted, new Evidence.Doubted("node n2 cannot be reached")),
            Some.Endpoint(6) with { Weight = 0 });

        ImmutableArray<Step> steps = EndpointSteps.Of(status, null, static _ => null);

        Assert.Equal(
        [
            "Fact balancer ewma: two are drawn by weight, the one with less ewma latency x (requests out + 1) gets it",
            "Yes 127.0.0.1:1 may be picked; alive for 4 s; out 0, ewma 2 ms",
            "No 127.0.0.1:2 not picked: dead for 4 s: 5 failures in a row; next probe in 3 s",
            "Yes 127.0.0.1:3 may be picked; dead for 4 s: 5 failures in a row; a probe is due: the next request drawn for it is the probe; "
                + "out 0, ewma 2 ms",
            "No 127.0.0.1:4 not picked: sick for 4 s: health check: GET /health answered 500",
            "No 127.0.0.1:5 used last: doubted for 4 s: node n2 cannot be reached",
            "No 127.0.0.1:6 has weight 0, and takes no traffic",
        ],
        steps.Select(static step => $"{step.Verdict} {step.Text}"));
    }

    [Fact]
    public void WhereNobodyIsOpen_OneIsTriedAllTheSame()
    {
        DestinationStatus status = Some.Status(Some.Endpoint(1, EndpointCondition.Sick, new Evidence.FailedCheck(null)));

        ImmutableArray<Step> steps = EndpointSteps.Of(status, null, static _ => null);

        Assert.Equal("balancer ewma: there is one endpoint; nobody is open: it fails open, and one is tried all the same", steps[0].Text);
        Assert.Equal(StepVerdict.Unknown, steps[1].Verdict);
        Assert.Equal("127.0.0.1:1 is sick for 4 s: health check failed; used for want of a better one", steps[1].Text);
    }

    [Fact]
    public void InPanic_TheDeadMayBePicked()
    {
        DestinationStatus status = Some.Status(
            Some.Endpoint(1), Some.Endpoint(2, EndpointCondition.Dead, new Evidence.InARow(Outcome.Failure, 5), probeIn: s_second)) with
        {
            IsPanicking = true,
        };

        ImmutableArray<Step> steps = EndpointSteps.Of(status, null, static _ => null);

        Assert.EndsWith("; PANIC: 1 of 2 are usable, the others are used too", steps[0].Text, StringComparison.Ordinal);
        Assert.Equal(StepVerdict.Yes, steps[2].Verdict);
        Assert.Contains("may be picked in panic", steps[2].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void AKeyThatHashes_LeadsToOne()
    {
        DestinationStatus status = Some.Status(BalancerKind.RingHash, Some.Endpoint(1), Some.Endpoint(2) with { Instance = "web/a" });

        ImmutableArray<Step> steps = EndpointSteps.Of(status, new EndpointKeyText("127.0.0.1:2", "web/a"), static _ => null);

        Assert.Equal("balancer ringHash: the request's key leads to one", steps[0].Text);
        Assert.Equal("127.0.0.1:1 alive for 4 s; the hash of this request leads elsewhere", steps[1].Text);
        Assert.Equal((StepVerdict.Yes, "127.0.0.1:2 web/a may be picked; alive for 4 s; out 0, ewma 2 ms"), (steps[2].Verdict, steps[2].Text));
    }

    [Fact]
    public void WhatTheNodeBehindSays_StandsBelow_AndTooManyAreCounted()
    {
        DestinationStatus status = Some.Status([.. Enumerable.Range(1, EndpointSteps.MaxEndpoints + 6).Select(static port => Some.Endpoint(port))]);
        Step behind = Step.Yes("host", "n1");

        ImmutableArray<Step> steps = EndpointSteps.Of(
            status, null, endpoint => endpoint.Address.Equals(new IPEndPoint(IPAddress.Loopback, 2)) ? behind : null);

        Assert.Empty(steps[1].Steps);
        Assert.Same(behind, steps[2].Steps.Single());
        Assert.Equal("and 6 more endpoints; `dest show` has all", steps[^1].Text);
    }
}
