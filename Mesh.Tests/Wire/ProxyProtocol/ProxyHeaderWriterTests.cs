using System.Net;
using System.Text;
using Mesh.Wire.ProxyProtocol;
using Xunit;

namespace Mesh.Tests.Wire.ProxyProtocol;

public sealed class ProxyHeaderWriterTests
{
    [Theory]
    [InlineData("10.0.0.1:1234", "10.0.0.2:443", "PROXY TCP4 10.0.0.1 10.0.0.2 1234 443\r\n")]
    [InlineData("[2001:db8::1]:1", "[::1]:2", "PROXY TCP6 2001:db8::1 ::1 1 2\r\n")]
    [InlineData("[fe80::1%3]:1", "[fe80::2%3]:2", "PROXY TCP6 fe80::1 fe80::2 1 2\r\n")]
    [InlineData("[::ffff:10.0.0.1]:1", "10.0.0.2:2", "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n")]
    [InlineData("10.0.0.1:1", "[2001:db8::1]:2", "PROXY TCP6 ::ffff:10.0.0.1 2001:db8::1 1 2\r\n")]
    [InlineData(null, "10.0.0.2:443", "PROXY UNKNOWN\r\n")]
    [InlineData("10.0.0.1:1", null, "PROXY UNKNOWN\r\n")]
    public void Line_IsAsTheSpecificationHasIt(string? source, string? destination, string line)
    {
        byte[] room = new byte[ProxyHeaderWriter.MaxBytes];

        int length = ProxyHeaderWriter.WriteLine(room, Point(source), Point(destination));

        Assert.Equal(line, Encoding.ASCII.GetString(room, 0, length));
    }

    [Theory]
    [InlineData("10.0.0.1:1234", "10.0.0.2:443")]
    [InlineData("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe]:65535")]
    [InlineData("10.0.0.1:1", "[2001:db8::1]:2")]
    [InlineData(null, null)]
    public void WhatIsWritten_IsReadBack(string? source, string? destination)
    {
        byte[] room = new byte[ProxyHeaderWriter.MaxBytes];
        int[] lengths =
        [
            ProxyHeaderWriter.WriteLine(room, Point(source), Point(destination)),
            ProxyHeaderWriter.WriteBlock(room, Point(source), Point(destination)),
            ProxyHeaderWriter.WriteBlock(room, Point(source), Point(destination), withChecksum: true),
        ];

        for (int way = 0; way < lengths.Length; way++)
        {
            if (way == 0) ProxyHeaderWriter.WriteLine(room, Point(source), Point(destination));
            else ProxyHeaderWriter.WriteBlock(room, Point(source), Point(destination), way == 2);
            ProxyHeaderStatus status = ProxyHeaderReader.Read(room.AsSpan(0, lengths[way]), out ProxyHeader header);
            Assert.Equal((ProxyHeaderStatus.Header, lengths[way]), (status, header.Length));
            Assert.Equal((source, destination), (header.Source?.ToString(), header.Destination?.ToString()));
        }
    }

    private static IPEndPoint? Point(string? text) => text is null ? null : IPEndPoint.Parse(text);
}
