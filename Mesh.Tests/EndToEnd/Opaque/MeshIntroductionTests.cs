using System.Net;
using System.Text;
using Mesh.Tests.Actors.Remoting;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.EndToEnd.Opaque;

/// <summary><c>client.proxyProtocol</c> where the endpoint is an app that another node hosts: that node tells it.</summary>
public sealed class MeshIntroductionTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnAppBehindAnotherNode_IsToldWhatALocalOneIs(bool tls)
    {
        await using InboundPair pair = await StartAsync(Repeater(), "v1", tls: tls);
        using Peer client = await ConnectAsync(pair);

        string told = await RepeatAsync(client, "own\n");

        Assert.Matches($@"^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ {AddressOf(pair).Port}\r\nown\n$", told);
    }

    [Theory]
    [InlineData(false, "TCP4 192.0.2.1 192.0.2.2 1234 443")]
    [InlineData(true, "TCP6 2001:db8::1 2001:db8::2 1234 443")]
    public async Task WhatABalancerToldTheFirstNode_TheAppIsTold_BehindTheSecond(bool tls, string told)
    {
        await using InboundPair pair = await StartAsync(Repeater(), "v1", "proxyProtocol: true", tls);
        using Peer client = await ConnectAsync(pair);

        Assert.Equal($"PROXY {told}\r\nown\n", await RepeatAsync(client, $"PROXY {told}\r\nown\n"));
    }

    [Fact]
    public async Task TheSecondVersion_IsBinary_AndComesBeforeTheClientsOwnBytes()
    {
        await using InboundPair pair = await StartAsync(Repeater(), "v2", "proxyProtocol: true");
        using Peer client = await ConnectAsync(pair);

        string told = await RepeatAsync(client, "PROXY TCP4 192.0.2.1 192.0.2.2 1234 443\r\nown\n");

        const string Header = "0D0A0D0A000D0A515549540A2111000CC0000201C000020204D201BB";
        Assert.Equal(Header + "6F776E0A", Convert.ToHexString(Encoding.Latin1.GetBytes(told)));
    }

    [Fact]
    public async Task WhereNothingIsToBeTold_TheAppIsToldNothing()
    {
        await using InboundPair pair = await StartAsync(Repeater(), "none");
        using Peer client = await ConnectAsync(pair);

        Assert.Equal("own\n", await RepeatAsync(client, "own\n"));
    }

    [Fact]
    public async Task AWordThatIsNone_IsRefused_RatherThanTheAppBeToldNothing()
    {
        await using InboundPair pair = await StartAsync(Repeater(), "none");
        using HttpClient node = new();
        using HttpRequestMessage ask = new(HttpMethod.Connect, $"http://{pair.Inbound}/")
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { Protocol = "mesh-tcp" },
        };
        ask.Headers.Add("mesh-instance", "web/a");
        ask.Headers.Add("mesh-proxy", "v9 TCP4 192.0.2.1 192.0.2.2 1234 443");

        using HttpResponseMessage answer = await node.SendAsync(ask, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Peer.Patience);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("mesh-proxy", answer.Headers.GetValues("l5d-err").Single(), StringComparison.Ordinal);
        Assert.Equal(0, pair.App.Connections);
    }

    /// <summary>Says what it heard when it has heard all.</summary>
    private static Origin Repeater() => Origin.Scripted(static async peer => await peer.SendAsync(await peer.ReadToEndAsync()));

    private static async Task<string> RepeatAsync(Peer client, string text)
    {
        await client.SendAsync(text);
        client.EndSending();
        return await client.ReadToEndAsync();
    }

    private async Task<InboundPair> StartAsync(Origin app, string version, string server = "", bool tls = false)
    {
        string tcp = "{ protocol: tcp, label: tcp, dtab: '/svc => /#/io.mesh.services', identifier: {kind: io.l5d.static, path: /web}, "
            + $"client: {{proxyProtocol: {version}}}, servers: [{{port: 0, {server}}}] }}";
        InboundPair pair = await InboundPair.StartAsync(
            app, service: ", protocol: tcp", first: tls ? Tls("n1") : "", second: tls ? Tls("n2") : "", more: tcp);
        await Eventually.HoldsAsync(() => pair.Second.Host.Services.Table.Instances == 1, () => pair.Second.Log);
        return pair;
    }

    private string Tls(string node)
    {
        CertificatePaths paths = _certificates.Issue(node);
        return $"tls: {{certPath: '{paths.Certificate}', keyPath: '{paths.Key}', caCertPath: '{paths.Authorities}'}}, ";
    }

    private static Task<Peer> ConnectAsync(InboundPair pair) => Peer.ConnectAsync(AddressOf(pair));

    private static IPEndPoint AddressOf(InboundPair pair) => pair.Second.Host.Servers.Last().BoundEndPoint!;
}
