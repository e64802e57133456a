using Mesh.Wire.Http2;
using Mesh.Wire.Http2.Frames;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Connections;

/// <summary>When a setting holds, and what it moves.</summary>
public sealed class Http2SettingsTests
{
    private const string Named = ServerKit.Get + "\nx-name: value";

    [Fact]
    public void SmallerTable_HoldsFromTheClientsWordOn()
    {
        ServerKit kit = new(options: new Http2Options { HeaderTableBytes = 0 }, acknowledges: false);
        kit.Peer.Headers(1, Named);
        kit.Peer.Headers(3, Named);
        Assert.DoesNotContain(kit.Peer.Frames(), static frame => frame.Type == FrameType.GoAway);

        kit.Peer.SettingsAck();
        kit.Peer.TableSize(0);
        kit.Peer.Headers(5, Named);
        kit.Peer.Headers(7, Named);

        Assert.Equal([5, 7], kit.Peer.Frames().Where(static frame => frame.Type == FrameType.Headers).Select(static frame => frame.Id));
    }

    [Fact]
    public void SmallerTable_ThatTheClientAgreedTo_AndDoesNotUse_IsAFault()
    {
        ServerKit kit = new(options: new Http2Options { HeaderTableBytes = 0 });

        kit.Peer.Headers(1, Named);

        Assert.Equal("GoAway 0 CompressionError", kit.Show());
    }

    [Fact]
    public void LargerTable_MayBeUsed()
    {
        ServerKit kit = new(options: new Http2Options { HeaderTableBytes = 8192 });

        kit.Peer.TableSize(8192);
        kit.Peer.Headers(1, Named);
        kit.Peer.Headers(3, Named);

        Assert.Equal(2, kit.Heard.Count);
    }

    [Theory]
    [InlineData(0.75, 1)]
    [InlineData(0.5, 2)]
    [InlineData(0.25, 3)]
    public void WindowsOpenAgain_AtTheirShare(double ratio, int frames)
    {
        const int Window = 65_536;
        ServerKit kit = new(options: new Http2Options { StreamWindowBytes = Window, ConnectionWindowBytes = Window, WindowUpdateRatio = ratio });
        kit.Peer.Headers(1, ServerKit.Post, ends: false);

        for (int i = 1; i < frames; i++) kit.Peer.Data(1, new byte[Window / 4]);
        Assert.Equal("", kit.Show());
        kit.Peer.Data(1, new byte[Window / 4]);

        Assert.Equal([(0, frames * Window / 4), (1, frames * Window / 4)], kit.Peer.Frames().Select(static frame => (frame.Id, (int)frame.Word)));
    }

    [Fact]
    public void SettingsThatWidenTwice_MoveAStreamOfAUsedPlaceByAsMuch()
    {
        ServerKit kit = new();
        kit.Peer.Headers(1, ServerKit.Get);
        kit.Peer.Settings((SettingId.InitialWindowSize, 2));
        kit.Peer.Frames();
        kit.Flow = static exchange => ServerKit.RespondAsync(exchange, "0123456789");

        kit.Peer.Headers(3, ServerKit.Get);
        string first = kit.Show();
        kit.Peer.Settings((SettingId.InitialWindowSize, 5));
        string second = kit.Show();
        kit.Peer.Settings((SettingId.InitialWindowSize, 9));
        string third = kit.Show();
        kit.Peer.Settings((SettingId.InitialWindowSize, 4));
        kit.Peer.Widen(3, 5);
        string fourth = kit.Show();
        kit.Peer.Widen(3, 1);

        Assert.Equal((1, "Headers 3, Data 3 01", "Settings 0, Data 3 234", "Settings 0, Data 3 5678"), (kit.Flows, first, second, third));
        Assert.Equal(("Settings 0", "Data 3 9 end"), (fourth, kit.Show()));
    }
}
