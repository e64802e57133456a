using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Tests.Wire.Http1;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Wire.Http1Connections;

/// <summary>Heads and bodies through a connection's buffers, seen through <see cref="Http1ServerConnection"/>.</summary>
public sealed class Http1ReceiverTests : IDisposable
{
    private readonly ManualLoop _loop = new();

    [Fact]
    public void AnyPipelinedRequestsInAnyPieces_ComeOutAsTheyWentIn() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            SplitMix64 random = new((ulong)seed);
            StringBuilder wire = new();
            List<string> wanted = [];
            for (int i = random.Next(5); i >= 0; i--) Compose(ref random, wire, wanted);
            FakeTransport transport = new(_loop);
            Http1ServerConnection connection = new(transport, new ServerConnectionOptions());
            List<string> got = [];
            Task serving = ServeAsync(connection, got);

            string all = wire.ToString();
            for (int at = 0, count; at < all.Length; at += count)
            {
                count = Math.Min(all.Length - at, 1 + random.Next(random.Next(2) == 0 ? 20 : 40_000));
                transport.Deliver(all.Substring(at, count), tell: at + count == all.Length || random.Next(3) > 0);
            }

            transport.End();
            return serving.IsCompletedSuccessfully && got.SequenceEqual(wanted);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void HeadOverTheLimit_IsRejectedWhereverItsBytesEnd()
    {
        FakeTransport transport = new(_loop);
        Http1ServerConnection connection = new(transport, new ServerConnectionOptions());
        ValueTask<RequestArrival> next = connection.NextRequestAsync();

        transport.Deliver("GET / HTTP/1.1\r\nHost: x\r\n");
        for (int i = 0; i < 9; i++) transport.Deliver($"X-{i}: " + new string('x', 8000) + "\r\n", tell: i == 8);

        Assert.Equal((RequestArrival.Rejected, RejectReason.HeadTooLarge), (next.Now(), connection.Rejection));
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", true)]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", true)]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nhello", false)]
    public void BodyThatCameWholeWithItsHead_CanBeGivenAgain(string request, bool again)
    {
        FakeTransport transport = new(_loop);
        transport.Deliver(request);
        Http1ServerConnection connection = new(transport, new ServerConnectionOptions());
        Assert.Equal(RequestArrival.Request, connection.NextRequestAsync().Now());
        Assert.True(connection.TryRewindBody());

        for (int attempt = 0; attempt < 3; attempt++)
        {
            Assert.True(connection.TryReadBody(out BodyRead read));
            Assert.Equal("hello", Http1Kit.Text(read.Payload));
            Assert.Equal(again, connection.TryRewindBody());
            if (!again) return;
        }
    }

    [Theory]
    [InlineData("Content-Length: 6\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n6\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n")]
    public void EndWithinABody_IsABreak(string rest)
    {
        FakeTransport transport = new(_loop);
        transport.Deliver("POST / HTTP/1.1\r\nHost: x\r\n" + rest);
        Http1ServerConnection connection = new(transport, new ServerConnectionOptions());
        Assert.Equal(RequestArrival.Request, connection.NextRequestAsync().Now());
        Assert.True(connection.TryReadBody(out BodyRead first));
        Assert.Equal("hello", Http1Kit.Text(first.Payload));
        ValueTask<BodyRead> read = connection.ReadBodyAsync();
        Assert.False(read.IsCompleted);

        transport.End();

        Assert.Equal(BodyStatus.Broken, read.Now().Status);
        Assert.False(connection.IsBodyRead);
    }

    public void Dispose() => _loop.Dispose();

    private static void Compose(ref SplitMix64 random, StringBuilder wire, List<string> wanted)
    {
        StringBuilder body = new();
        wire.Append(CultureInfo.InvariantCulture, $"POST /{wanted.Count} HTTP/1.1\r\nHost: x\r\n");
        if (random.Next(3) == 0) wire.Append("X-Long: ").Append('l', random.Next(15_000)).Append("\r\n");
        if (random.Next(2) == 0)
        {
            body.Append((char)('a' + random.Next(26)), random.Next(random.Next(2) == 0 ? 40 : 200_000));
            wire.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n").Append(body);
        }
        else
        {
            wire.Append("Transfer-Encoding: chunked\r\n\r\n");
            for (int i = random.Next(6); i > 0; i--)
            {
                string chunk = new((char)('a' + random.Next(26)), 1 + random.Next(random.Next(2) == 0 ? 40 : 90_000));
                wire.Append(CultureInfo.InvariantCulture, $"{chunk.Length:x}\r\n{chunk}\r\n");
                body.Append(chunk);
            }

            wire.Append("0\r\n\r\n");
        }

        wanted.Add($"/{wanted.Count} {body}");
    }

    private static async Task ServeAsync(Http1ServerConnection connection, List<string> got)
    {
        while (await connection.NextRequestAsync() == RequestArrival.Request)
        {
            StringBuilder body = new();
            while (!connection.IsBodyRead)
            {
                BodyRead read = await connection.ReadBodyAsync();
                if (read.IsFailure) body.Append(read.Status);
                if (read.IsFailure) break;
                body.Append(Http1Kit.Text(read.Payload));
            }

            RequestHead head = connection.Request;
            got.Add($"{Http1Kit.Text(head.Arena.AsSpan(head.Start + 5, 2))} {body}");
            connection.WriteLocal(200, "OK"u8, default, default, false);
        }
    }
}
