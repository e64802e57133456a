using System.Security.Cryptography;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Bodies of every framing, both ways.</summary>
public sealed class BodyTests
{
    private const int Big = 32 << 20;

    public static TheoryData<TransportKind> Transports => TestNode.Transports;

    [Fact]
    public async Task SmallPost_ArrivesWithItsLength()
    {
        await using Origin origin = Origin.Answering(request => Origin.Ok(request.Text));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Equal("hello", response.Text);
        Assert.Equal("5", Assert.Single(origin.Requests)["Content-Length"]);
    }

    [Fact]
    public async Task BodyThatComesAfterItsHead_IsSentOn()
    {
        await using Origin origin = Origin.Answering(request => Origin.Ok(request.Text));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 10\r\n\r\n");
        await client.SendAsync("hello");
        await client.SendAsync("world");

        Assert.Equal("helloworld", (await client.ReadResponseAsync()).Text);
    }

    [Fact]
    public async Task ChunkedPost_ArrivesWithItsTrailers()
    {
        await using Origin origin = Origin.Answering(request => Origin.Ok(request.Text));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync(
            "POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
            + "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 42\r\n\r\n");

        Message seen = Assert.Single(origin.Requests);
        Assert.Equal("hello world", response.Text);
        Assert.Equal(("chunked", "X-Sum: 42\r\n"), (seen["Transfer-Encoding"], seen.Trailers));
    }

    [Fact]
    public async Task ChunkedResponse_ReachesTheClientWithItsTrailers()
    {
        await using Origin origin = Origin.Answering(
            _ => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nTE: trailers\r\nConnection: TE\r\n\r\n");

        Assert.Equal(("hello", "X-Sum: 42\r\n"), (response.Text, response.Trailers));
    }

    [Fact]
    public async Task ResponseDelimitedByItsEnd_IsChunkedForTheClient()
    {
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\n\r\nhello");
            peer.Dispose();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        Message next = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");

        Assert.Equal(("hello", "chunked", true), (response.Text, response["Transfer-Encoding"], response.IsComplete));
        Assert.Equal("hello", next.Text);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task BigBodiesBothWaysAtOnce_ArriveUnchanged(TransportKind transport)
    {
        byte[] up = Bytes(1), down = Bytes(2);
        byte[] seen = [];
        await using Origin origin = Origin.Scripted(async peer =>
        {
            string head = (await peer.TryReadHeadAsync())!;
            Task<byte[]> body = peer.ReadBytesAsync(Big);
            await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Big}\r\n\r\n");
            await peer.SendAsync(down);
            seen = await body;
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, transport: transport);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: {Big}\r\n\r\n");
        Task sending = client.SendAsync(up);
        Message response = await client.ReadResponseAsync();
        await sending;

        Assert.Equal(SHA256.HashData(down), SHA256.HashData(response.Body));
        await Eventually.HoldsAsync(() => Volatile.Read(ref seen).Length == Big, () => $"the backend has {seen.Length} bytes");
        Assert.Equal(SHA256.HashData(up), SHA256.HashData(seen));
    }

    [Fact]
    public async Task BigChunkedBodies_ArriveUnchanged()
    {
        byte[] sent = Bytes(3);
        await using Origin origin = Origin.Scripted(async peer =>
        {
            Message request = await peer.ReadRequestAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            await SendChunkedAsync(peer, request.Body, 100_000);
        });
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n");
        await SendChunkedAsync(client, sent, 7_777);
        Message response = await client.ReadResponseAsync();

        Assert.True(response.IsComplete);
        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(response.Body));
    }

    [Fact]
    public async Task SlowReader_HoldsTheBackendBack()
    {
        long accepted = 0;
        const int total = 64 << 20;
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {total}\r\n\r\n");
            byte[] piece = new byte[64 * 1024];
            for (; accepted < total; accepted += piece.Length) await peer.SendAsync(piece);
        });
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        await client.TryReadHeadAsync();
        long stalledAt = await StalledAsync(() => Volatile.Read(ref accepted));
        byte[] body = await client.ReadBytesAsync(total);

        Assert.True(stalledAt < total / 2, $"{stalledAt} bytes were taken for a client that reads nothing");
        Assert.Equal(total, body.Length);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "5")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", null)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", null)]
    public async Task Head_HasNoBodyWhateverItsFraming(string answer, string? length)
    {
        await using Origin origin = Origin.Answering(_ => answer);
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message first = await client.AskAsync("HEAD / HTTP/1.1\r\nHost: web\r\n\r\n");
        Message second = await client.AskAsync("HEAD / HTTP/1.1\r\nHost: web\r\n\r\n");

        Assert.Equal((200, length), (first.Status, first["Content-Length"]));
        Assert.Equal(200, second.Status);
    }

    [Theory]
    [InlineData(204, "")]
    [InlineData(304, "ETag: \"a\"\r\n")]
    [InlineData(304, "Content-Length: 5\r\n")]
    public async Task StatusesWithoutBody_LeaveTheConnectionUsable(int status, string fields)
    {
        await using Origin origin = Origin.Answering(_ => $"HTTP/1.1 {status} X\r\n{fields}\r\n");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 2; i++)
        {
            Message response = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
            Assert.Equal((status, false), (response.Status, response.Has("Transfer-Encoding")));
        }

        Assert.Equal(1, origin.Connections);
    }

    private static byte[] Bytes(int seed)
    {
        byte[] bytes = new byte[Big];
        Mesh.Wire.SplitMix64 random = new((ulong)seed);
        for (int i = 0; i < bytes.Length; i += 8) BitConverter.TryWriteBytes(bytes.AsSpan(i), random.Next());
        return bytes;
    }

    private static async Task SendChunkedAsync(Peer peer, byte[] body, int chunk)
    {
        for (int at = 0; at < body.Length; at += chunk)
        {
            int count = Math.Min(chunk, body.Length - at);
            await peer.SendAsync($"{count:x}\r\n");
            await peer.SendAsync(body.AsMemory(at, count));
            await peer.SendAsync("\r\n");
        }

        await peer.SendAsync("0\r\n\r\n");
    }

    /// <summary>The value once it has not moved for a hundred looks.</summary>
    private static async Task<long> StalledAsync(Func<long> value)
    {
        long last = -1;
        int still = 0;
        await Eventually.HoldsAsync(
            () =>
            {
                still = value() == last ? still + 1 : 0;
                last = value();
                return still == 100;
            },
            () => $"never stalled: {last}");
        return last;
    }
}
