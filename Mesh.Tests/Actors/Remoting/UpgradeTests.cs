using Mesh.Actors.Events;
using Xunit;

namespace Mesh.Tests.Actors.Remoting;

/// <summary>Nodes of two releases beside each other, over real sockets.</summary>
/// <remarks>Unknown kinds of messages: <see cref="HostileTests"/>; unknown fields: <see cref="GoldenTests"/>.</remarks>
public sealed class UpgradeTests
{
    [Fact]
    public async Task ANodeThatKnowsTheNextVersion_TalksWithOneThatDoesNot()
    {
        await using TestNode older = new(1);
        await using TestNode newer = new(2, hello: TestNode.PlainHello with { AppVersion = "2.0", ProtocolMax = 2 });

        await newer.Send(older, "from the newer");
        await older.Expect("+2", "2:from the newer");
        await older.Send(newer, "from the older");
        await newer.Expect("+1", "1:from the older");

        Assert.Empty(older.Bugs);
        Assert.Empty(newer.Bugs);
    }

    [Theory]
    [InlineData(2, 7, "OtherProtocol", "have none in common")]
    [InlineData(1, 8, "OtherConfig", "make both equal on all nodes")]
    public async Task NodesThatDoNotFit_HaveNoSession_AndAWarningSaysWhy(int protocol, ulong config, string end, string why)
    {
        await using TestNode one = new(1);
        await using TestNode two = new(
            2, hello: TestNode.PlainHello with { ProtocolMin = protocol, ProtocolMax = protocol, ConfigHash = config });

        await two.Send(one, "x");
        await two.Expect($"-1 {end}");

        LogEvent told = Assert.Single(two.Log, each => each.Level == LogLevel.Warning);
        Assert.Contains(why, told.Message, StringComparison.Ordinal);
    }
}
