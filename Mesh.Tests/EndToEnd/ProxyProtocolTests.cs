using System.Net;
using System.Net.Security;
using System.Text;
using Mesh.Tests.Actors.Remoting;
using Mesh.Wire.Loops;
using Mesh.Wire.ProxyProtocol;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary><c>proxyProtocol</c> of a server: a load balancer in front tells whose connection it is.</summary>
public sealed class ProxyProtocolTests : IDisposable
{
    private const string Line = "PROXY TCP4 192.0.2.7 192.0.2.8 56324 443\r\n";
    private const string Ask = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    private const string Keys = "proxyProtocol: true, addForwardedHeader: {by: {kind: router}, for: {kind: 'ip:port'}}";
    private readonly TestCertificates _certificates = new();
    private readonly Origin _origin = Origin.Saying("app");

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [MemberData(nameof(TestNode.Transports), MemberType = typeof(TestNode))]
    public async Task Client_IsWhomTheHeaderNames_OnBothVersions_HoweverItIsCut(TransportKind transport)
    {
        await using TestNode node = await TestNode.BeforeAsync(_origin, server: Keys, transport: transport);
        byte[] block = new byte[ProxyHeaderWriter.MaxBytes];
        int length = ProxyHeaderWriter.WriteBlock(block, IPEndPoint.Parse("[2001:db8::7]:9"), IPEndPoint.Parse("[::1]:443"), withChecksum: true);

        Assert.Equal(200, await AskAsync(node, Encoding.ASCII.GetBytes(Line + Ask)));
        Assert.Equal(200, await AskAsync(node, [.. block[..length], .. Encoding.ASCII.GetBytes(Ask)], cut: 3));
        Assert.Equal(200, await AskAsync(node, Encoding.ASCII.GetBytes("PROXY UNKNOWN\r\n" + Ask), cut: 1));

        Assert.Equal(
            ["by=_test;for=\"192.0.2.7:56324\";host=web", "by=_test;for=\"[2001:db8::7]:9\";host=web"],
            _origin.Requests.Take(2).Select(static seen => seen["Forwarded"]!));
        Assert.StartsWith("by=_test;for=\"127.0.0.1:", _origin.Requests[2]["Forwarded"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task RateLimit_CountsByWhomTheHeaderNames()
    {
        await using TestNode node = await TestNode.BeforeAsync(
            _origin, "service: {rateLimits: [{requestsPerSec: 0.001, burst: 1, caller: {kind: source}}]}", Keys);
        string other = Line.Replace("192.0.2.7", "192.0.2.9", StringComparison.Ordinal);

        int[] statuses =
        [
            await AskAsync(node, Encoding.ASCII.GetBytes(Line + Ask)), await AskAsync(node, Encoding.ASCII.GetBytes(Line + Ask)),
            await AskAsync(node, Encoding.ASCII.GetBytes(other + Ask)),
        ];

        Assert.Equal([200, 429, 200], statuses);
    }

    [Fact]
    public async Task Header_StandsBeforeTls()
    {
        CertificatePaths server = _certificates.Issue("front");
        await using TestNode node = await TestNode.BeforeAsync(
            _origin, server: $"{Keys}, tls: {{certPath: '{server.Certificate}', keyPath: '{server.Key}'}}");
        using System.Net.Sockets.Socket socket = new(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        await socket.ConnectAsync(node.Address);
        await socket.SendAsync(Encoding.ASCII.GetBytes(Line));
        await using SslStream tls = new(new System.Net.Sockets.NetworkStream(socket));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "front",
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
        }).WaitAsync(Peer.Patience);
        using Peer peer = new(socket, tls);

        Message response = await peer.AskAsync(Ask);

        Assert.Equal(200, response.Status);
        Assert.Contains("192.0.2.7:56324", Assert.Single(_origin.Requests)["Forwarded"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Ask, "missing_proxy_header")]
    [InlineData("PROXY TCP4 here there 1 2\r\n" + Ask, "invalid_proxy_header")]
    public async Task WhoDoesNotSayIt_IsReset_AndCounted(string bytes, string reason)
    {
        await using TestNode node = await TestNode.BeforeAsync(_origin, server: Keys);
        using Peer peer = await node.ConnectAsync();

        await peer.SendAsync(bytes);

        Assert.True(await peer.EndsByResetAsync());
        await node.MetricIsAsync(1, "mesh_server_rejections_total", ("reason", reason));
        Assert.Empty(_origin.Requests);
    }

    [Fact]
    public async Task WhoNeverSaysIt_IsReset_AndCounted()
    {
        await using TestNode node = await TestNode.BeforeAsync(_origin, server: Keys + ", headTimeoutMs: 50");
        using Peer peer = await node.ConnectAsync();

        Assert.True(await peer.EndsByResetAsync());
        await node.MetricIsAsync(1, "mesh_server_rejections_total", ("reason", "proxy_header_timeout"));
    }

    [Fact]
    public async Task Stop_DoesNotWaitForWhoHasNotSaidIt()
    {
        await using TestNode node = await TestNode.BeforeAsync(_origin, server: Keys);
        using Peer peer = await node.ConnectAsync();
        await node.MetricIsAsync(1, "mesh_server_connections");

        await node.StopAsync();

        Assert.Equal("", await peer.ReadToEndAsync());
    }

    private static async Task<int> AskAsync(TestNode node, byte[] bytes, int cut = int.MaxValue)
    {
        using Peer peer = await node.ConnectAsync();
        foreach (byte[] piece in bytes.Chunk(Math.Min(cut, bytes.Length))) await peer.SendAsync(piece);
        return (await peer.ReadResponseAsync()).Status;
    }
}
