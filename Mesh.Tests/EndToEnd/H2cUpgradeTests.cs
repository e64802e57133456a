using Mesh.Tests.Wire.Http2.Heads;
using Mesh.Tests.Wire.Http2.Hpack;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Clients that begin in HTTP/1.1 and offer HTTP/2, as Java's HttpClient does.</summary>
public sealed class H2cUpgradeTests
{
    private const string Takes = "h2cUpgrade: true";
    private const string Offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n";
    private const string Get = "GET /first HTTP/1.1\r\nHost: web\r\nX-App: 7\r\n" + Offer + "\r\n";

    public static TheoryData<TransportKind> Transports => TestNode.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Offer_IsTaken_AndTheRequestIsTheFirstStream(TransportKind transport)
    {
        await using Origin origin = Origin.Answering(static request => Origin.Ok($"{request.StartLine} {request["X-App"]} {request["Upgrade"]}"));
        await using TestNode node = await TestNode.BeforeAsync(origin, server: Takes, transport: transport);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(Get);
        string? switched = await client.TryReadHeadAsync();
        HpackDecoder decoder = new();
        string first = await ReadStreamAsync(client, decoder, 1);
        await client.SendAsync(Second("/second"));
        string second = await ReadStreamAsync(client, decoder, 3);

        Assert.Equal("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", switched);
        Assert.Equal(("200 GET /first HTTP/1.1 7 ", "200 GET /second HTTP/1.1  "), (first, second));
        await node.MetricIsAsync(2, "mesh_server_requests_total");
        await node.MetricIsAsync(1, "mesh_server_connections");
        client.Dispose();
        await node.MetricIsAsync(0, "mesh_server_connections");
    }

    [Fact]
    public async Task PrefaceThatCameWithTheRequest_IsRead()
    {
        await using Origin origin = Origin.Answering(static request => Origin.Ok(request.StartLine));
        await using TestNode node = await TestNode.BeforeAsync(origin, server: Takes);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync((byte[])[.. HeadKit.Bytes(Get), .. Second("/second")]);
        _ = await client.TryReadHeadAsync();
        Dictionary<int, string> answers = await ReadStreamsAsync(client, new HpackDecoder(), 1, 3);

        Assert.Equal(("200 GET /first HTTP/1.1", "200 GET /second HTTP/1.1"), (answers[1], answers[3]));
    }

    [Fact]
    public async Task LaterRequestOfAConnection_MayOfferIt()
    {
        await using Origin origin = Origin.Answering(static request => Origin.Ok(request.StartLine));
        await using TestNode node = await TestNode.BeforeAsync(origin, server: Takes);
        using Peer client = await node.ConnectAsync();

        Message before = await client.AskAsync("GET /before HTTP/1.1\r\nHost: web\r\n\r\n");
        await client.SendAsync(Get);
        string? switched = await client.TryReadHeadAsync();
        string first = await ReadStreamAsync(client, new HpackDecoder(), 1);

        Assert.Equal((200, "HTTP/1.1 101", "200 GET /first HTTP/1.1"), (before.Status, switched?[..12], first));
    }

    [Theory]
    [InlineData(Takes, "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 2\r\n" + Offer + "\r\nhi")]
    [InlineData(Takes, "GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n" + Offer + "\r\n")]
    [InlineData(Takes, "GET / HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n")]
    [InlineData("h2cUpgrade: false", Get)]
    [InlineData("", Get)]
    public async Task OfferThatIsNotTaken_IsAnsweredInHttp1_AndStaysHere(string server, string request)
    {
        await using Origin origin = Origin.Answering(static asked => Origin.Ok($"{asked["Upgrade"]}{asked["HTTP2-Settings"]}"));
        await using TestNode node = await TestNode.BeforeAsync(origin, server: server);
        using Peer client = await node.ConnectAsync();

        Message answer = await client.AskAsync(request);

        Assert.Equal((200, ""), (answer.Status, HeadKit.Text(answer.Body)));
    }

    [Fact]
    public async Task RouterOfHttp2_TakesIt_WithoutBeingTold()
    {
        await using Origin origin = Origin.Answering(static request => Origin.Ok(request.StartLine));
        await using TestNode node = await TestNode.StartAsync($$"""
            { admin: {port: 0}, loops: 1,
              routers: [{ protocol: h2, client: {protocol: http1}, dtab: "/svc => /$/inet/127.0.0.1/{{origin.Port}}", servers: [{port: 0}] }] }
            """);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(Get);

        Assert.Equal("HTTP/1.1 101", (await client.TryReadHeadAsync())?[..12]);
        Assert.Equal("200 GET /first HTTP/1.1", await ReadStreamAsync(client, new HpackDecoder(), 1));
    }

    /// <summary>That its client can speak HTTP/2 says nothing of what is spoken where it is sent.</summary>
    [Fact]
    public async Task WhatFollowsTheRequest_GoesOnInHttp1()
    {
        await using Origin origin = Origin.Answering(static request => Origin.Ok($"{request.StartLine} via {request["Via"]}"));
        await using TestNode node = await TestNode.BeforeAsync(origin, "client: {protocol: auto}", Takes);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync((byte[])[.. HeadKit.Bytes(Get), .. Second("/second")]);
        _ = await client.TryReadHeadAsync();
        Dictionary<int, string> answers = await ReadStreamsAsync(client, new HpackDecoder(), 1, 3);

        Assert.Equal(("200 GET /first HTTP/1.1 via 1.1 mesh", "200 GET /second HTTP/1.1 via 2 mesh"), (answers[1], answers[3]));
    }

    [Fact]
    public async Task EmptyBody_StaysOne()
    {
        await using Origin origin = Origin.Answering(static request => Origin.Ok($"{request.StartLine} {request["Content-Length"]}"));
        await using TestNode node = await TestNode.BeforeAsync(origin, server: Takes);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n" + Offer + "\r\n");
        _ = await client.TryReadHeadAsync();

        Assert.Equal("200 POST / HTTP/1.1 0", await ReadStreamAsync(client, new HpackDecoder(), 1));
    }

    [Fact]
    public async Task ClientThatGoesOnWithoutThePreface_IsEnded_AndItsRequestWithIt()
    {
        await using Origin origin = Origin.Scripted(static peer => peer.ReadToEndAsync());
        await using TestNode node = await TestNode.BeforeAsync(origin, server: Takes);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(Get);
        _ = await client.TryReadHeadAsync();
        await client.SendAsync("GET /again HTTP/1.1\r\nHost: web\r\n\r\n");
        List<FrameType> said = [];
        while (await TryReadFrameAsync(client) is { } frame) said.Add(frame.Header.Type);

        Assert.Equal(FrameType.GoAway, said[^1]);
        await node.MetricIsAsync(0, "mesh_server_connections");
        await node.MetricIsAsync(0, "mesh_destination_pending_requests");
    }

    [Fact]
    public async Task NodeThatStops_AnswersWhatIsUnderWay()
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource answers = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            asked.SetResult();
            await answers.Task;
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, server: Takes);
        using Peer client = await node.ConnectAsync();
        await client.SendAsync(Get);
        _ = await client.TryReadHeadAsync();
        await client.SendAsync(FrameWriter.ClientPreface.ToArray());
        await client.SendAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 });
        await asked.Task.WaitAsync(Peer.Patience);

        Task stopped = node.StopAsync();
        answers.SetResult();
        string first = await ReadStreamAsync(client, new HpackDecoder(), 1);
        await stopped.WaitAsync(Peer.Patience);

        Assert.Equal("200 ok", first);
    }

    /// <summary>The client's preface, its SETTINGS, and a GET on stream 3.</summary>
    private static byte[] Second(string path)
    {
        byte[] block = HpackKit.Encode(new HpackEncoder(), HeadKit.Fields($":method: GET\n:scheme: http\n:authority: web\n:path: {path}"));
        byte[] head = new byte[FrameHeader.Bytes];
        new FrameHeader(block.Length, FrameType.Headers, FrameFlags.EndHeaders | FrameFlags.EndStream, 3).Write(head);
        return [.. FrameWriter.ClientPreface, 0, 0, 0, 4, 0, 0, 0, 0, 0, .. head, .. block];
    }

    private static async Task<string> ReadStreamAsync(Peer client, HpackDecoder decoder, int id) => (await ReadStreamsAsync(client, decoder, id))[id];

    /// <summary>Status and body of each, when all of them have ended.</summary>
    private static async Task<Dictionary<int, string>> ReadStreamsAsync(Peer client, HpackDecoder decoder, params int[] ids)
    {
        Dictionary<int, string> answers = ids.ToDictionary(static id => id, static _ => "");
        int open = ids.Length;
        while (open > 0)
        {
            (FrameHeader header, byte[] payload) = await TryReadFrameAsync(client) ?? throw new EndOfStreamException("the node ended before");
            if (header.Type == FrameType.Headers)
            {
                HpackKit.Decode(decoder, payload, out List<TextField> fields);
                answers[header.StreamId] += fields[0].Value + " ";
            }
            else if (header.Type == FrameType.Data)
            {
                answers[header.StreamId] += HeadKit.Text(payload);
            }

            if (header.Type is FrameType.Headers or FrameType.Data && header.Has(FrameFlags.EndStream)) open--;
        }

        return answers;
    }

    private static async Task<(FrameHeader Header, byte[] Payload)?> TryReadFrameAsync(Peer client)
    {
        byte[] head = await client.ReadBytesAsync(FrameHeader.Bytes);
        if (head.Length < FrameHeader.Bytes) return null;
        FrameHeader header = FrameHeader.Parse(head);
        return (header, await client.ReadBytesAsync(header.Length));
    }
}
