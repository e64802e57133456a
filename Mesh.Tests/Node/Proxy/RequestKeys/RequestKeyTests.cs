using System.Net;
using System.Text;
using Mesh.Node.Config;
using Mesh.Node.Proxy.RequestKeys;
using Mesh.Routing.Balancing;
using Mesh.Tests.Kit;
using Mesh.Tests.Wire.Http1;
using Mesh.Wire.Exchange;
using Xunit;

namespace Mesh.Tests.Node.Proxy.RequestKeys;

public sealed class RequestKeyTests
{
    private static readonly RequestKey Session = new(new RequestKeyConfig(RequestKeyKind.Cookie, "session"));
    private static readonly RequestKey User = new(new RequestKeyConfig(RequestKeyKind.Header, "X-User"));
    private static readonly RequestKey Source = new(RequestKeyConfig.Source);

    [Fact]
    public void Header_IsTheHashOfItsFirstValue()
    {
        Assert.Equal(HashOf("alice"), User.Of(Head("x-user: alice", "X-User: bob"), null));
        Assert.NotEqual(HashOf("alice"), User.Of(Head("x-user: bob"), null));
    }

    [Theory]
    [InlineData("X-Users: alice")]
    [InlineData("X-User:")]
    [InlineData("X-User:   ")]
    public void Header_ThatIsNotThereOrEmpty_IsNoKey(string field) => Assert.Equal(0UL, User.Of(Head(field), null));

    [Theory]
    [InlineData("Cookie: session=abc")]
    [InlineData("cookie: a=1; session=abc; b=2")]
    [InlineData("Cookie: a=1;session=abc")]
    [InlineData("Cookie: session=\"abc\"")]
    [InlineData("Cookie: a=1; session = abc ; b=2")]
    [InlineData("Cookie: flag; ; =x; session=abc")]
    [InlineData("Cookie: session=abc; session=other")]
    [InlineData("Cookie: xsession=no; session2=no; Session=no; session=abc")]
    public void Cookie_IsFound(string field) => Assert.Equal(HashOf("abc"), Session.Of(Head(field), null));

    [Fact]
    public void Cookie_IsFoundInALaterField() => Assert.Equal(HashOf("abc"), Session.Of(Head("Cookie: a=1", "Cookie: session=abc"), null));

    [Fact]
    public void Cookie_KeepsEqualsSignsOfItsValue() => Assert.Equal(HashOf("YWJj=="), Session.Of(Head("Cookie: session=YWJj=="), null));

    [Theory]
    [InlineData("Cookie: other=abc")]
    [InlineData("Cookie: sessio=abc; sessions=abc")]
    [InlineData("Cookie: session")]
    [InlineData("Cookie: session=")]
    [InlineData("Cookie: session=\"\"")]
    [InlineData("Cookies: session=abc")]
    [InlineData("X: y")]
    public void Cookie_ThatIsNotThereOrEmpty_IsNoKey(string field) => Assert.Equal(0UL, Session.Of(Head(field), null));

    [Fact]
    public void Source_IsTheSameForMappedAddresses()
    {
        ulong plain = Source.Of(Head("X: y"), IPAddress.Parse("192.0.2.7"));

        Assert.Equal(plain, Source.Of(Head("X: y"), IPAddress.Parse("::ffff:192.0.2.7")));
        Assert.NotEqual(plain, Source.Of(Head("X: y"), IPAddress.Parse("192.0.2.8")));
        Assert.NotEqual(plain, Source.Of(Head("X: y"), IPAddress.Parse("2001:db8::7")));
    }

    [Fact]
    public void Source_ThatIsNotKnown_IsNoKey() => Assert.Equal(0UL, Source.Of(Head("X: y"), null));

    [Fact]
    public void AllocatesNothing()
    {
        RequestHead head = Head("Cookie: a=1; b=2; session=abc", "X-User: alice");
        var address = IPAddress.Parse("::ffff:192.0.2.7");
        ulong sum = 0;

        long bytes = Allocated.Least(() =>
        {
            for (int round = 0; round < 1000; round++) sum += Session.Of(head, null) + User.Of(head, null) + Source.Of(head, address);
        });

        Assert.Equal(0, bytes);
        Assert.NotEqual(0UL, sum);
    }

    private static ulong HashOf(string value) => StableHash.Of(Encoding.ASCII.GetBytes(value));

    private static RequestHead Head(params string[] fields) =>
        Http1Kit.Accepted($"GET / HTTP/1.1\r\nHost: h\r\n{string.Concat(fields.Select(field => field + "\r\n"))}\r\n");
}
