using Mesh.Node.Proxy;
using Mesh.Routing.Limits;
using Xunit;

namespace Mesh.Tests.Node.Proxy;

/// <summary>What a client is told that a concurrency limit did not let through: a reason that is true of it, and a key that would help.</summary>
public sealed class AdmissionTextTests
{
    [Fact]
    public void AFullQueue_SaysHowManyWait() =>
        Assert.Equal(
            "/#/io.l5d.fs/web has as many requests out as it may (4), and as many wait as client.concurrency.maxQueued allows (2). "
            + "Add endpoints, or raise client.concurrency.maxRequests.",
            Text(Admission.QueueFull, new ConcurrencyConfig { MaxRequests = 4, MaxQueued = 2 }));

    /// <summary>A queue that stands refuses its oldest long before their time is over.</summary>
    [Fact]
    public void TooLate_DoesNotBlameTheRequestsTimeAlone() =>
        Assert.Contains(
            "or newer ones go first since the queue does not empty",
            Text(Admission.TooLate, new ConcurrencyConfig { MaxRequests = 4 }), StringComparison.Ordinal);

    [Fact]
    public void AnAdaptiveLimit_IsNotToBeRaised() =>
        Assert.EndsWith(
            "(20), and none ended in time. Add endpoints: client.concurrency is adaptive, and that is what these bear.",
            Text(Admission.TimedOut, new ConcurrencyConfig { IsAdaptive = true }), StringComparison.Ordinal);

    /// <summary>At its upper bound an adaptive limit would go on, if it might.</summary>
    [Fact]
    public void AnAdaptiveLimitAtItsBound_NamesTheBound() =>
        Assert.EndsWith(
            "or raise client.concurrency.maxRequests.",
            Text(Admission.TimedOut, new ConcurrencyConfig { IsAdaptive = true, MaxRequests = 20 }), StringComparison.Ordinal);

    private static string Text(Admission admission, ConcurrencyConfig config) =>
        FaultTexts.OfAdmission(admission, new ConcurrencyLimit(config, nowNs: 0), "/#/io.l5d.fs/web").Text;
}
