using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>A node whose connections hold as much as it allows.</summary>
public sealed class BufferBudgetTests
{
    [Fact]
    public async Task FullNode_RefusesRequests_UntilSlowReadersTakeWhatWaits()
    {
        // Whatever piece it is that the slow one does not take, it is more than this.
        const int Budget = 64;
        const int Length = 32 << 20;
        await using Origin origin = Origin.Answering(static request =>
            request.StartLine.Contains("/large", StringComparison.Ordinal) ? Origin.Ok(new string('x', Length)) : Origin.Ok("small"));
        await using TestNode node = await TestNode.StartAsync(
            $$"""
            { admin: {port: 0}, loops: 1, routers: [{ protocol: http, label: test, dtab: "/svc => /$/inet/127.0.0.1/{{origin.Port}}",
              servers: [{port: 0}] }] }
            """,
            static config => config with { BufferBudgetBytes = Budget });
        Assert.Equal(200, (await node.GetAsync()).Status);
        using Peer slow = await node.ConnectAsync();
        await slow.SendAsync("GET /large HTTP/1.1\r\nHost: web\r\n\r\n");

        await Eventually.HoldsAsync(async () => (await node.GetAsync()).Status == 503, () => node.Log);
        Message refusal = await node.GetAsync();
        Assert.Contains("bufferBudgetMB", refusal.Text, StringComparison.Ordinal);
        Assert.Equal("1", refusal["Retry-After"]);
        Assert.True(node.Metric("mesh_buffers_refusals_total", ("kind", "request")) >= 2);
        Assert.True(node.Metric("mesh_buffers_held_bytes") >= Budget);
        await slow.TryReadHeadAsync();
        await slow.ReadBytesAsync(Length);

        Assert.Equal("small", (await node.GetAsync()).Text);
        Assert.Equal(0, node.Metric("mesh_buffers_held_bytes"));
    }
}
