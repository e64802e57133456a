using System.Net;
using Mesh.Tests.Wire.Http1;
using Mesh.Wire.Http2.Frames;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Clients of HTTP/2 at a node whose backends speak HTTP/1.</summary>
public sealed class Http2Tests
{
    [Fact]
    public async Task ManyRequestsOfOneConnection_AreAnsweredEachWithItsOwn()
    {
        await using Origin origin = Origin.Answering(static request => Origin.Ok(request.StartLine.Split(' ')[1] + Http1Kit.Text(request.Body)));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using SocketsHttpHandler handler = new() { EnableMultipleHttp2Connections = false };
        using HttpClient client = new(handler);

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => AskAsync(client, node, i))).WaitAsync(Peer.Patience);

        Assert.Equal([.. Enumerable.Range(0, 200).Select(static i => $"/{i}body{i}")], answers);
        await node.MetricIsAsync(200, "mesh_server_requests_total");
        Assert.Equal(double.NaN, node.Metric("mesh_server_http2_glitches_total", ("reason", "abuse")));
    }

    [Fact]
    public async Task FloodOfPings_EndsItsConnection_AndIsCounted()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();
        byte[] frames = new byte[2000 * 17];
        for (int at = 0; at < frames.Length; at += 17) FrameWriter.Ping(frames.AsSpan(at), new byte[8], ack: false);

        await client.SendAsync(FrameWriter.ClientPreface.ToArray());
        await client.SendAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 });
        await client.SendAsync(frames);

        await node.MetricIsAsync(1, "mesh_server_http2_glitches_total", ("reason", "abuse"));
        Assert.True(node.Metric("mesh_server_http2_glitches_total", ("reason", "frame")) > 1000);
    }

    private static async Task<string> AskAsync(HttpClient client, TestNode node, int i)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"http://{node.Address}/{i}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent($"body{i}"),
        };
        request.Headers.Host = "web";
        using HttpResponseMessage response = await client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }
}
