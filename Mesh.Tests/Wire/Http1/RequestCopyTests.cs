using Mesh.Wire.Exchange;
using Xunit;

namespace Mesh.Tests.Wire.Http1;

/// <summary>A request's head on its own, after the connection that brought it has gone on.</summary>
public sealed class RequestCopyTests
{
    [Theory]
    [InlineData("GET /a?b HTTP/1.1\r\nHost: web\r\nX: 1\r\nConnection: close\r\n\r\n", 0)]
    [InlineData("GET http://web:81/a HTTP/1.1\r\nHost: other\r\nX: 1\r\n\r\n", 0)]
    [InlineData("GET / HTTP/1.0\r\n\r\n", 0)]
    [InlineData("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\nTE: trailers\r\nConnection: te\r\n\r\n", 5)]
    public void Copy_IsSentAsTheRequestIs(string request, int body)
    {
        RequestHead head = Http1Kit.Accepted(request);
        string expected = Http1Kit.Encode(head);

        RequestHead copy = head.Copy(body);
        head.Arena.AsSpan().Fill((byte)'!');

        Assert.Equal(expected, Http1Kit.Encode(copy));
        Assert.Equal((head.Method, head.MinorVersion, head.AuthorityLength), (copy.Method, copy.MinorVersion, copy.Authority.Length));
    }

    [Fact]
    public void Copy_OfARequestInChunks_HasALength()
    {
        RequestHead head = Http1Kit.Accepted("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n");

        Assert.Equal("POST / HTTP/1.1\r\nHost: web\r\nX: 1\r\nContent-Length: 7\r\n\r\n", Http1Kit.Encode(head.Copy(7)));
    }
}
