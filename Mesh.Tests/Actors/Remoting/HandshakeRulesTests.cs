using FsCheck;
using FsCheck.Fluent;
using Mesh.Actors;
using Mesh.Actors.Remoting;
using Mesh.Actors.Remoting.Protocol;
using Mesh.Actors.Remoting.Sessions;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Remoting;

public sealed class HandshakeRulesTests
{
    private static readonly UniqueAddress One = new(new Address("s", "a", 1), 1);
    private static readonly UniqueAddress Two = new(new Address("s", "b", 2), 2);

    private static readonly Gen<NodeHello> Hellos =
        from name in Gen.Elements("x", "y")
        from id in Gen.Elements(null, new string('1', 32), new string('2', 32))
        from min in Gen.Choose(1, 4)
        from span in Gen.Choose(0, 2)
        from config in Gen.Choose(0, 1)
        select new NodeHello(name, id, "n", [], "1", min, min + span, (ulong)config);

    [Fact]
    public void BothSidesJudgeAlike() => Prop.ForAll(Hellos.Two().ToArbitrary(), pair =>
        HandshakeRules.Judge(One, pair.Item1, Two, pair.Item2, forgotten: false)?.Reason
            == HandshakeRules.Judge(Two, pair.Item2, One, pair.Item1, forgotten: false)?.Reason).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(1, 2, 1, 1, 1)]
    [InlineData(1, 2, 1, 2, 2)]
    [InlineData(2, 3, 1, 2, 2)]
    [InlineData(2, 2, 1, 1, null)]
    [InlineData(1, 1, 2, 3, null)]
    public void TheNewestVersionThatBothKnow_IsSpoken(int min, int max, int otherMin, int otherMax, int? spoken)
    {
        NodeHello one = TestNode.PlainHello with { ProtocolMin = min, ProtocolMax = max };
        NodeHello two = TestNode.PlainHello with { ProtocolMin = otherMin, ProtocolMax = otherMax };

        Assert.Equal(spoken, HandshakeRules.Common(one, two));
        Assert.Equal(spoken, HandshakeRules.Common(two, one));
        Assert.Equal(
            spoken is null ? RefusalReason.RefusalOtherProtocol : null, HandshakeRules.Judge(One, one, Two, two, forgotten: false)?.Reason);
    }

    [Fact]
    public void ExactlyOneSideKeepsItsDial()
    {
        Assert.True(HandshakeRules.OwnDialWins(One, Two));
        Assert.False(HandshakeRules.OwnDialWins(Two, One));
    }

    [Fact]
    public void TheForgotten_AndOneself_AreRefused()
    {
        NodeHello hello = TestNode.PlainHello;

        Assert.Equal(RefusalReason.RefusalForgotten, HandshakeRules.Judge(One, hello, Two, hello, forgotten: true)?.Reason);
        Assert.Equal(RefusalReason.RefusalMyself, HandshakeRules.Judge(One, hello, One, hello, forgotten: false)?.Reason);
        Assert.Null(HandshakeRules.Judge(One, hello, Two, hello, forgotten: false));
    }

    [Fact]
    public void AHello_SurvivesItsBytes()
    {
        NodeHello hello = new("cluster", new string('a', 32), "name", ["core", "edge"], "1.2", 1, 3, ulong.MaxValue);

        Hello message = Hello.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(HelloCodec.Write(Two, hello, 5, 6, Purpose.Data)));

        Assert.True(HelloCodec.TryRead(message, out UniqueAddress? node, out NodeHello? read));
        Assert.Equal((Two, Two.Address, hello), (node, node.Address, read));
    }

    [Fact]
    public void Backoff_DoublesToItsCeiling_WithJitterBelow() => Prop.ForAll(Gen.Choose(0, 100).Zip(Gen.Choose(1, 1000)).ToArbitrary(), drawn =>
    {
        SplitMix64 random = new((ulong)drawn.Item2);
        TimeSpan min = TimeSpan.FromMilliseconds(100), max = TimeSpan.FromSeconds(10);

        TimeSpan delay = ReconnectBackoff.Delay(drawn.Item1, min, max, ref random);

        double ceiling = Math.Min(10_000, 100 * Math.Pow(2, drawn.Item1));
        return delay.TotalMilliseconds >= ceiling / 2 - 1 && delay.TotalMilliseconds <= ceiling;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Forgotten_KeepsTheNewest()
    {
        ForgottenUids forgotten = new(3);
        for (ulong uid = 1; uid <= 5; uid++) forgotten.Add(uid);

        Assert.Equal([false, false, true, true, true], Enumerable.Range(1, 5).Select(uid => forgotten.Contains((ulong)uid)));
    }
}
