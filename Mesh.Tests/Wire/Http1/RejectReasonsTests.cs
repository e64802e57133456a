using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Wire.Http1;

public sealed class RejectReasonsTests
{
    [Fact]
    public void HasARow_ForEachReason()
    {
        RejectReason[] reasons = Enum.GetValues<RejectReason>();

        Assert.Equal(reasons.Length, RejectReasons.Count);
        Assert.All(reasons, reason => Assert.Equal(Snake(reason.ToString()), RejectReasons.Label(reason)));
        Assert.All(reasons.Skip(1), reason => Assert.InRange(RejectReasons.Status(reason), 400, 505));
        Assert.All(reasons.Skip(1), reason => Assert.NotEmpty(RejectReasons.Text(reason)));
    }

    [Theory]
    [InlineData(RejectReason.HeadTooLarge, 431)]
    [InlineData(RejectReason.StartLineTooLong, 414)]
    [InlineData(RejectReason.ConnectNotSupported, 405)]
    [InlineData(RejectReason.UnsupportedVersion, 505)]
    [InlineData(RejectReason.UnsupportedTransferCoding, 501)]
    [InlineData(RejectReason.HeadTimeout, 408)]
    public void TellsStatuses(RejectReason reason, int status) => Assert.Equal(status, RejectReasons.Status(reason));

    private static string Snake(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
