using System.Text;
using Mesh.Node.Proxy.Context;
using Xunit;

namespace Mesh.Tests.Node.Proxy.Context;

/// <summary>The values of <c>l5d-ctx-deadline</c> and <c>l5d-ctx-trace</c>, and how <c>l5d-*</c> names are told apart.</summary>
public sealed class FieldTests
{
    [Theory]
    [InlineData("1500000000000000000 1500000001000000000", 1_500_000_000_000_000_000, 1_500_000_001_000_000_000)]
    [InlineData("0 -1", 0, -1)]
    public void Deadline_IsTwoNumbers(string text, long written, long until)
    {
        Assert.True(DeadlineField.TryParse(Encoding.ASCII.GetBytes(text), out DeadlineField deadline));

        Span<byte> bytes = stackalloc byte[DeadlineField.LongestText];
        int length = deadline.Write(bytes);
        Assert.Equal(new DeadlineField(written, until), deadline);
        Assert.Equal(text, Encoding.ASCII.GetString(bytes[..length]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1 ")]
    [InlineData("1  2")]
    [InlineData("1 2 3")]
    [InlineData("a b")]
    [InlineData("99999999999999999999 1")]
    public void Deadline_IsNothingElse(string text) => Assert.False(DeadlineField.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void Deadlines_CombineToTheStrictest() =>
        Assert.Equal(new DeadlineField(7, 20), DeadlineField.Strictest(new DeadlineField(5, 20), new DeadlineField(7, 30)));

    [Theory]
    [InlineData(null)]
    [InlineData(9UL)]
    public void Trace_SurvivesItsText(ulong? high)
    {
        TraceField trace = new(1, 2, 0xfedcba9876543210, 6, high);
        Span<byte> bytes = stackalloc byte[TraceField.LongestText];

        int length = trace.Write(bytes);

        Assert.Equal(high is null ? 44 : 56, length);
        Assert.True(TraceField.TryParse(bytes[..length], out TraceField read));
        Assert.Equal(trace, read);
    }

    /// <summary>As finagle writes it: span, parent and trace id, flags; 8 bytes each.</summary>
    [Fact]
    public void Trace_IsBase64OfBigEndianIds()
    {
        byte[] wire = [0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4];

        Assert.True(TraceField.TryParse(Encoding.ASCII.GetBytes(Convert.ToBase64String(wire)), out TraceField trace));

        Assert.Equal(new TraceField(3, 2, 1, 4, null), trace);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("not base64 at all, but of a length that would fit")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void Trace_IsNothingElse(string text) => Assert.False(TraceField.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void Sampling_IsDecidedOnce_AndTheSameEverywhere()
    {
        TraceField[] traces = [.. Enumerable.Range(1, 1000).Select(static id => TraceField.Begin((ulong)id))];

        int sampled = traces.Count(static trace => (trace.Sample(0.25).Flags & 4) != 0);

        Assert.InRange(sampled, 200, 300);
        Assert.All(traces, static trace => Assert.Equal(trace.Sample(0.25), trace.Sample(0.25)));
        Assert.All(traces, static trace => Assert.Equal(6UL, trace.Sample(1).Sample(0).Flags));
        Assert.All(traces, static trace => Assert.Equal(2UL, trace.Sample(0).Sample(1).Flags));
    }

    [Theory]
    [InlineData("l5d-dtab", nameof(LinkerdField.Dtab))]
    [InlineData("L5D-CTX-DTAB", nameof(LinkerdField.ContextDtab))]
    [InlineData("l5d-ctx-deadline", nameof(LinkerdField.ContextDeadline))]
    [InlineData("l5d-remaining-ms", nameof(LinkerdField.Remaining))]
    [InlineData("l5d-ctx-trace", nameof(LinkerdField.ContextTrace))]
    [InlineData("l5d-sample", nameof(LinkerdField.Sample))]
    [InlineData("l5d-reqid", nameof(LinkerdField.RequestId))]
    [InlineData("l5d-dst-service", nameof(LinkerdField.Destination))]
    [InlineData("l5d-dst-x", nameof(LinkerdField.Destination))]
    [InlineData("l5d-add-context", nameof(LinkerdField.AddContext))]
    [InlineData("l5d-success-class", nameof(LinkerdField.SuccessClass))]
    [InlineData("l5d-err", nameof(LinkerdField.Error))]
    [InlineData("l5d-errs", nameof(LinkerdField.Other))]
    [InlineData("l5d-anything", nameof(LinkerdField.Other))]
    public void Names_AreToldApart(string name, string field) =>
        Assert.Equal(field, LinkerdFields.Find(Encoding.ASCII.GetBytes(name)).ToString());
}
