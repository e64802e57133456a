using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Mesh.Node.Telemetry.AccessLogs;
using Mesh.Tests.Wire.Http1;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Node.Telemetry.AccessLogs;

public sealed partial class AccessLogLineTests
{
    private const string Zoned = "06/01/2016:21:21:26 GMT";

    [GeneratedRegex("""^(\S+) (\S+) - - \[([^\]]+)\] "(\S+) (\S+) (HTTP/1\.[01])" (\d{3}) (\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"$""")]
    private static partial Regex Combined();

    private static string Format(RequestHead head, IPAddress? remote = null, int status = 200, long bytes = -1)
    {
        byte[] to = new byte[LineBuffer.Size];
        Assert.True(AccessLogLine.TryFormat(to, head, remote, status, bytes, Encoding.ASCII.GetBytes(Zoned), out int length));
        return Encoding.ASCII.GetString(to, 0, length);
    }

    [Fact]
    public void Line_IsUpstreamsForARequestWithoutRefererAndAgent()
    {
        RequestHead head = Http1Kit.Accepted("HEAD /foo?bar=bah HTTP/1.1\r\nHost: monkeys\r\nContent-Type: text/plain\r\n\r\n");

        string line = Format(head, IPAddress.Any, 402, 304374);

        Assert.Equal("monkeys 0.0.0.0 - - [06/01/2016:21:21:26 GMT] \"HEAD /foo?bar=bah HTTP/1.1\" 402 304374 \"-\" \"-\"\n", line);
    }

    [Fact]
    public void Line_EndsWithRefererAndAgent()
    {
        RequestHead head = Http1Kit.Accepted(
            "GET / HTTP/1.0\r\nuser-agent: curl/8 (x)\r\nREFERER: http://a/b c\r\nUser-Agent: second\r\nHost: w:80\r\n\r\n");

        string line = Format(head, IPAddress.Parse("10.1.2.3"));

        Assert.Equal($"w:80 10.1.2.3 - - [{Zoned}] \"GET / HTTP/1.0\" 200 - \"http://a/b c\" \"curl/8 (x)\"\n", line);
    }

    [Theory]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "-", "GET /")]
    [InlineData("get / HTTP/1.1\r\nHost: a\r\n\r\n", "a", "GET /")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "a", "OPTIONS *")]
    [InlineData("GET http://b?x HTTP/1.1\r\nHost: a\r\n\r\n", "b", "GET /?x")]
    [InlineData("GET http://b HTTP/1.1\r\nHost: a\r\n\r\n", "b", "GET /")]
    public void WhatIsMissing_HasAStandIn(string request, string host, string resource)
    {
        Match line = Combined().Match(Format(Http1Kit.Accepted(request)).TrimEnd('\n'));

        Assert.Equal(host, line.Groups[1].Value);
        Assert.Equal(resource, $"{line.Groups[4].Value} {line.Groups[5].Value}");
    }

    [Theory]
    [InlineData("10.0.0.255", "10.0.0.255")]
    [InlineData("::1", "::1")]
    [InlineData("::ffff:192.168.0.1", "192.168.0.1")]
    [InlineData("2001:db8::7", "2001:db8::7")]
    public void Remote_IsAnAddressWithoutPort(string remote, string told)
    {
        Assert.StartsWith($"web {told} - - ", Format(Requests.Get("/"), IPAddress.Parse(remote)), StringComparison.Ordinal);
    }

    [Fact]
    public void ClientsText_CannotForgeALine()
    {
        RequestHead head = Http1Kit.Accepted("GET /\"q\\ HTTP/1.1\r\nHost: a\r\nUser-Agent: x\" 200 \\\ty\u00e9\r\n\r\n");

        string line = Format(head);

        Assert.EndsWith("\"GET /\\\"q\\\\ HTTP/1.1\" 200 - \"-\" \"x\\\" 200 \\\\\\ty\\xe9\"\n", line, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryByte_IsEscapedUnlessPlain()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        byte[] to = new byte[4096];
        LineWriter writer = new(to);

        writer.Quoted(all);

        string text = Encoding.ASCII.GetString(to, 0, writer.Length);
        Assert.DoesNotContain(text, static each => each is < ' ' or > '~');
        Assert.StartsWith("\\x00\\x01", text, StringComparison.Ordinal);
        Assert.Contains("\\b\\t\\n\\v\\x0c\\r", text, StringComparison.Ordinal);
        Assert.Contains(" !\\\"#", text, StringComparison.Ordinal);
        Assert.Contains("[\\\\]", text, StringComparison.Ordinal);
        Assert.EndsWith("}~\\x7f\\x80" + string.Concat(Enumerable.Range(0x81, 127).Select(each => $"\\x{each:x2}")), text, StringComparison.Ordinal);
    }

    [Fact]
    public void BareText_HasNoSpaces()
    {
        byte[] to = new byte[64];
        LineWriter writer = new(to);

        writer.Bare("a b"u8);

        Assert.Equal("a\\x20b", Encoding.ASCII.GetString(to, 0, writer.Length));
    }

    [Theory]
    [InlineData('x', LineWriter.MaxFieldBytes, false)]
    [InlineData('x', LineWriter.MaxFieldBytes + 1, true)]
    [InlineData('\u00ff', (LineWriter.MaxFieldBytes / 4) + 1, true)]
    public void LongText_IsCutAndSaysSo(char filler, int count, bool cut)
    {
        byte[] to = new byte[LineBuffer.Size];
        LineWriter writer = new(to);

        writer.Quoted(Encoding.Latin1.GetBytes(new string(filler, count)));

        Assert.Equal(LineWriter.MaxFieldBytes + (cut ? 3 : 0), writer.Length);
        Assert.Equal(cut, Encoding.ASCII.GetString(to, 0, writer.Length).EndsWith("...", StringComparison.Ordinal));
    }

    [Fact]
    public void LongestLine_FitsAnEmptyBuffer()
    {
        string wide = new('\u00e9', 9000);
        string path = new('"', 9000);
        string head = $"GET /{path} HTTP/1.1\r\nHost: {new string('h', 9000)}\r\nReferer: {wide}\r\nUser-Agent: {wide}\r\n\r\n";

        Assert.True(new LineBuffer().TryAppend(Http1Kit.Accepted(head), IPAddress.IPv6Loopback, 200, long.MaxValue, Encoding.ASCII.GetBytes(Zoned)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public void TooSmallASpace_IsNotWrittenOver(int size)
    {
        Assert.False(AccessLogLine.TryFormat(new byte[size], Requests.Get("/"), IPAddress.Loopback, 200, 1, "now"u8, out int length));
        Assert.InRange(length, 0, size);
    }

    [Fact]
    public void AnyHeadThatTheParserTakes_GivesOneLineThatReadsBack()
    {
        const int seed = 20260106;
        Random random = new(seed);
        int lines = 0;
        for (int turn = 0; turn < 20_000; turn++)
        {
            byte[] bytes = Encoding.Latin1.GetBytes("GET /aaaaaa HTTP/1.1\r\nHost: web\r\nReferer: rrrrrr\r\nUser-Agent: uuuuuu\r\n\r\n");
            for (int change = random.Next(1, 4); change > 0; change--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            (HeadStatus status, _, RequestHead head) = Http1Kit.Request(Http1Kit.Text(bytes));
            if (status != HeadStatus.Complete) continue;

            string line = Format(head);

            lines++;
            Assert.True(Combined().IsMatch(line.TrimEnd('\n')) && line.IndexOf('\n') == line.Length - 1, $"seed {seed}, turn {turn}: {line}");
        }

        Assert.InRange(lines, 1000, 20_000);
    }

    [Theory]
    [InlineData("UTC", "2016-01-06T21:21:26Z", "06/01/2016:21:21:26 UTC")]
    [InlineData("Europe/Berlin", "2016-01-06T21:21:26Z", "06/01/2016:22:21:26 CET")]
    [InlineData("Europe/Berlin", "2016-07-06T23:21:26Z", "07/07/2016:01:21:26 CEST")]
    [InlineData("Asia/Kathmandu", "2016-01-06T21:21:26Z", "07/01/2016:03:06:26 GMT+05:45")]
    [InlineData("America/Sao_Paulo", "2022-01-06T21:21:26Z", "06/01/2022:18:21:26 GMT-03:00")]
    public void Stamp_IsTheHostsTimeWithItsZone(string zone, string time, string text)
    {
        LogStamp stamp = LogStamp.Of(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.Equal(text, Encoding.ASCII.GetString(stamp.Text));
    }
}
