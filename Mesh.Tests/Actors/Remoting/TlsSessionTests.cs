using System.Net;
using Mesh.Actors.Remoting;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.Actors.Remoting;

public sealed class TlsSessionTests : IDisposable
{
    private readonly TestCertificates _ours = new();
    private readonly TestCertificates _theirs = new("another authority");

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
    }

    [Fact]
    public async Task NodesOfOneAuthority_SpeakOverTls_OnEveryLane()
    {
        await using TestNode one = new(1, Of(_ours.Issue("one")));
        await using TestNode two = new(2, Of(_ours.Issue("two")));

        await one.Send(two, "c");
        await one.Expect("+2");
        await two.Expect("+1", "1:c");
        await one.Send(two, "bulk", Lane.Bulk, 3_000_000);
        await two.Expect("1:bulk/3000000");
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => two.Send(one, $"{i}", Lane.User, 20_000)));
        for (int i = 0; i < 50; i++) Assert.StartsWith("2:", await one.Next(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherAuthority_IsRefused_OnBothSides()
    {
        await using TestNode one = new(1, Of(_ours.Issue("one")));
        await using TestNode two = new(2, Of(_theirs.Issue("two")));

        await one.Send(two, "x");

        await one.Expect("-2 Untrusted");
        Assert.Equal(0, two.Messenger.Counters.Sessions);
    }

    [Fact]
    public async Task ACertificateThatWeTrustButTheyDoNot_IsSaidToBeUntrusted()
    {
        CertificatePaths both = _ours.Issue("one", authorities: _ours.AuthorityPem + "\n" + _theirs.AuthorityPem);
        await using TestNode one = new(1, Of(both));
        await using TestNode two = new(2, Of(_theirs.Issue("two")));

        await one.Send(two, "x");

        await one.Expect("-2 Untrusted");
        await two.Eventually(() => two.Messenger.Counters.HandshakeFailures(SessionEnd.Untrusted) > 0);
    }

    [Fact]
    public async Task AnExpiredCertificate_IsRefused()
    {
        await using TestNode one = new(1, Of(_ours.Issue("one")));
        await using TestNode two = new(2, Of(_ours.Issue("two", expired: true)));

        await one.Send(two, "x");

        await one.Expect("-2 Untrusted");
    }

    [Fact]
    public async Task ACertificateForTheOtherPart_IsRefused()
    {
        await using TestNode one = new(1, Of(_ours.Issue("one")));
        await using TestNode two = new(2, Of(_ours.Issue("two", server: false)));

        await one.Send(two, "x");

        await one.Expect("-2 Untrusted");
    }

    [Fact]
    public async Task TheCheckOfThePeersNames_SeesThem_AndItsNoIsFinal()
    {
        PeerCertificate? seen = null;
        RemotingSettings strict = Of(_ours.Issue("one")) with
        {
            CheckPeer = (certificate, _, _) =>
            {
                seen = certificate;
                return certificate.Names.Contains("three");
            },
        };
        await using TestNode one = new(1, strict);
        await using TestNode two = new(2, Of(_ours.Issue("two")));

        await two.Send(one, "x");

        await two.Expect("-1 Untrusted");
        Assert.Equal("two spiffe://test/two 127.0.0.1", string.Join(' ', seen!.Names));
    }

    [Fact]
    public async Task ACertificate_SpeaksForTheHostsThatItNames_AndForNoOther()
    {
        await using TestNode one = new(1, Of(_ours.Issue("one")));
        await using TestNode two = new(2, Of(_ours.Issue("two")) with { AdvertiseHost = "two" });
        await using TestNode thief = new(3, Of(_ours.Issue("thief")) with { AdvertiseHost = "two" });

        await thief.Send(one, "x");
        await thief.Expect("-1 Untrusted");
        await two.Send(one, "y");

        await one.Expect("+2", "2:y");
        Assert.Equal(1, one.Messenger.Counters.HandshakeFailures(SessionEnd.Untrusted));
    }

    [Theory]
    [InlineData("node-1.mesh", "node-1.mesh", true)]
    [InlineData("NODE-1.mesh.", "node-1.mesh", true)]
    [InlineData("*.mesh", "node-1.mesh", true)]
    [InlineData("*.mesh", "a.node-1.mesh", false)]
    [InlineData("*.mesh", ".mesh", false)]
    [InlineData("node-2.mesh", "node-1.mesh", false)]
    [InlineData("10.0.0.1", "10.0.0.1", true)]
    [InlineData("10.0.0.1", "10.0.0.2", false)]
    [InlineData("fd00::1", "[fd00:0::1]", true)]
    [InlineData("10.0.0.1 node-1.mesh", "node-2.mesh", false)]
    [InlineData("node-1.mesh", "10.0.0.1", true)]
    [InlineData("10.0.0.1", "node-1.mesh", true)]
    [InlineData("spiffe://mesh/node-1", "node-2.mesh", true)]
    [InlineData("", "node-1.mesh", true)]
    public void NamesAreComparedWithNames_AndAddressesWithAddresses(string names, string host, bool may)
    {
        PeerCertificate certificate = new("CN=x", [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries)], DateTimeOffset.MaxValue);

        Assert.Equal(may, Mesh.Wire.Tls.PeerNames.MaySpeakFor(certificate, host));
    }

    [Fact]
    public async Task PlainBytes_MeetTls_AndEndWithoutASession()
    {
        await using TestNode one = new(1);
        await using TestNode two = new(2, Of(_ours.Issue("two")));

        await one.Send(two, "x");

        Assert.StartsWith("-2 ", await one.Next(), StringComparison.Ordinal);
        Assert.Equal(0, one.Messenger.Counters.Sessions);
    }

    [Fact]
    public void ChangedFiles_AreReadAgain_AndBrokenOnesLeaveTheLastGood()
    {
        Mesh.Tests.Actors.ManualTime time = new();
        List<string> warnings = [];
        CertificatePaths paths = _ours.Issue("one");
        CertificateFiles files = new(paths, time, warnings.Add);
        CertificateSet first = files.Current();

        _ours.Issue("one");
        Assert.Same(first, files.Current());
        time.Advance(CertificateFiles.LookAgain);
        CertificateSet second = files.Current();
        File.WriteAllText(paths.Certificate!, "nonsense");
        time.Advance(CertificateFiles.LookAgain);

        Assert.NotSame(first, second);
        Assert.Same(second, files.Current());
        Assert.Contains(paths.Certificate!, Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutTls_OnlyLoopbackIsBound_UnlessSaidOtherwise()
    {
        RemotingSettings open = new() { Bind = new IPEndPoint(IPAddress.Any, 0), AdvertiseHost = "127.0.0.1" };

        string text = Assert.Throws<RemotingException>(open.Check).Message;
        (open with { Insecure = true }).Check();
        Assert.Throws<RemotingException>((open with { Insecure = true, AdvertiseHost = null }).Check);
        (open with { Certificates = _ours.Issue("one") }).Check();

        Assert.Contains("insecure: true", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutTls_OnlyLoopbackIsDialled()
    {
        await using TestNode one = new(1);
        Mesh.Actors.UniqueAddress far = new(one.Self.Address with { Host = "192.0.2.1", Port = 4140 }, 9);

        await one.On(() => one.Messenger.Send(far, TestNode.Message("x")));

        await one.Expect("-9 Untrusted");
    }

    [Fact]
    public async Task ACertificateThatIsMissing_IsNamedAtStart()
    {
        await using TestNode loop = new(1);

        RemotingSettings missing = Of(new CertificatePaths("/none.crt", "/none.key", "/none.ca"));
        RemotingException fault = Assert.Throws<RemotingException>(() =>
            NodeMessenger.Start(loop.Control, "test", 2, TestNode.PlainHello, new MessageCatalog([]), missing, _ => { }));

        Assert.Contains("/none.crt", fault.Message, StringComparison.Ordinal);
    }

    private static RemotingSettings Of(CertificatePaths paths) => new() { Certificates = paths };
}
