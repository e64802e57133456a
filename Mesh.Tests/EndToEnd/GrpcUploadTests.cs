using System.Net;
using System.Net.Http.Headers;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Calls whose clients do not finish what they say.</summary>
public sealed class GrpcUploadTests
{
    [Fact]
    public async Task ClientThatStallsWithinAMessage_IsNotWaitedForAsAQuietStreamIs()
    {
        await using Origin origin = Origin.Scripted(static peer => peer.ReadToEndAsync());
        await using TestNode node = await TestNode.BeforeAsync(origin, server: "bodyIdleTimeoutMs: 200");
        using HttpClient client = new();
        using StallingContent content = new([0, 0, 0, 0, 100, 1, 2, 3]);
        using HttpRequestMessage request = new(HttpMethod.Post, $"http://{node.Address}/package.Service/Call")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TE.ParseAdd("trailers");

        using HttpResponseMessage answer = await client.SendAsync(request).WaitAsync(Peer.Patience);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.NotEqual("0", Assert.Single(answer.Headers.GetValues("grpc-status")));
        await node.MetricIsAsync(0, "mesh_destination_pending_requests");
    }

    /// <summary>The beginning of a message, and then nothing, until it is disposed of.</summary>
    private sealed class StallingContent : HttpContent
    {
        private readonly byte[] _bytes;
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public StallingContent(byte[] bytes)
        {
            _bytes = bytes;
            Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_bytes);
            await stream.FlushAsync();
            await _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            _end.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
