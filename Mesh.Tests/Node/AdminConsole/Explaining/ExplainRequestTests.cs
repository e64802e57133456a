using System.Text;
using Mesh.Node.AdminConsole;
using Mesh.Node.AdminConsole.Explaining;
using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole.Explaining;

public sealed class ExplainRequestTests
{
    [Theory]
    [InlineData("http://web/users/7", "GET /users/7 HTTP/1.1|Host: web||")]
    [InlineData("http://web:80", "GET / HTTP/1.1|Host: web:80||")]
    [InlineData("https://web?q=1", "GET /?q=1 HTTP/1.1|Host: web||")]
    [InlineData("POST /x", "POST /x HTTP/1.1|Host: ||")]
    [InlineData("OPTIONS *", "OPTIONS * HTTP/1.1|Host: ||")]
    public void AUrl_IsTheHeadThatAClientWouldSend(string words, string head)
    {
        ExplainRequest request = ExplainRequest.Of([.. words.Split(' ')], []);

        Assert.Equal(head.Replace("|", "\r\n", StringComparison.Ordinal), Encoding.UTF8.GetString(request.Bytes));
        Assert.NotNull(request.Parse(new Http1Limits()));
    }

    [Fact]
    public void Headers_AreItsOwn_AndHostMayBeOneOfThem()
    {
        ExplainRequest request = ExplainRequest.Of(["http://web/"], ["l5d-dtab:/svc => /x", "host: other"]);

        Assert.Equal("GET / HTTP/1.1\r\nl5d-dtab: /svc => /x\r\nhost: other\r\n\r\n", Encoding.UTF8.GetString(request.Bytes));
    }

    [Theory]
    [InlineData("web", "", "`web` is neither a URL such as http://web/users nor a path")]
    [InlineData("/", "no header", "`no header` is no header such as")]
    [InlineData("/", ": x", "`: x` is no header such as")]
    [InlineData("/", "a: x\r\nEvil: y", "is no header such as")]
    public void WhatIsNoRequest_IsRefused(string words, string field, string why)
    {
        ConsoleRefusal refusal = Assert.Throws<ConsoleRefusal>(() => ExplainRequest.Of([.. words.Split(' ')], field.Length == 0 ? [] : [field]));

        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("G@T /", "", "InvalidMethod")]
    [InlineData("GET /", "Transfer-Encoding: x", "")]
    public void WhatAServerWouldRefuse_IsToldWithItsReason(string words, string field, string reason)
    {
        ExplainRequest request = ExplainRequest.Of([.. words.Split(' ')], field.Length == 0 ? [] : [field]);

        ConsoleRefusal refusal = Assert.Throws<ConsoleRefusal>(() => request.Parse(new Http1Limits()));

        Assert.StartsWith($"a server would refuse this request before it has a name: {reason}", refusal.Message, StringComparison.Ordinal);
    }
}
