using System.Net;
using System.Text;
using Mesh.Node.Config;
using Mesh.Node.Proxy.Opaque;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Node.Proxy.Opaque;

public sealed class IntroductionTests
{
    [Theory]
    [InlineData("192.0.2.1:1234", "192.0.2.2:443", "v1 TCP4 192.0.2.1 192.0.2.2 1234 443")]
    [InlineData("[2001:db8::1]:1234", "[2001:db8::2]:443", "v1 TCP6 2001:db8::1 2001:db8::2 1234 443")]
    [InlineData(null, null, "v1 UNKNOWN")]
    public void WhatOneNodeWrites_TheOtherReads(string? client, string? destination, string field)
    {
        foreach (ProxyHeaderVersion version in (ProxyHeaderVersion[])[ProxyHeaderVersion.V1, ProxyHeaderVersion.V2])
        {
            Introduction written = new(version, Point(client), Point(destination));

            string line = written.ToFieldLine();

            Assert.Equal($"mesh-proxy: {(version == ProxyHeaderVersion.V1 ? field : "v2" + field[2..])}\r\n", line);
            Assert.True(Introduction.TryRead(Head(line), out Introduction read));
            Assert.Equal(written, read);
            Assert.Equal(written.ToHeader().ToArray(), read.ToHeader().ToArray());
        }
    }

    [Fact]
    public void AddressesOfTwoFamilies_AreReadAsTheyWereMeant()
    {
        Introduction written = new(ProxyHeaderVersion.V1, Point("192.0.2.1:1"), Point("[2001:db8::2]:2"));

        Assert.True(Introduction.TryRead(Head(written.ToFieldLine()), out Introduction read));

        Assert.Equal(written, read);
    }

    [Fact]
    public void WhereNothingIsTold_NothingIsWritten()
    {
        Assert.Equal(("", 0), (default(Introduction).ToFieldLine(), default(Introduction).ToHeader().Length));
        Assert.True(Introduction.TryRead(Head(""), out Introduction read));
        Assert.Equal(default, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("v1")]
    [InlineData("v3 TCP4 192.0.2.1 192.0.2.2 1234 443")]
    [InlineData("V1 UNKNOWN")]
    [InlineData("v1 TCP4 192.0.2.1 192.0.2.2 1234")]
    [InlineData("v1 TCP4 192.0.2.1 192.0.2.2 1234 443 5")]
    [InlineData("v1 TCP6 192.0.2.1 192.0.2.2 1234 443")]
    [InlineData("v2 PROXY UNKNOWN")]
    [InlineData("v1 TCP4 192.0.2.1 192.0.2.2 1234 4433333333333333333333333333333333333333333333333333333333333333333333333333333333333333")]
    public void AWordThatIsNone_IsNotRead(string value) =>
        Assert.False(Introduction.TryRead(Head($"mesh-proxy: {value}\r\n"), out _));

    private static IPEndPoint? Point(string? text) => text is null ? null : IPEndPoint.Parse(text);

    private static RequestHead Head(string line)
    {
        byte[] bytes = Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: web\r\n{line}\r\n");
        Assert.True(RequestHeads.TryParse(bytes, new Http1Limits(), out RequestHead? head, out _));
        return head;
    }
}
