using Mesh.Tests.Actors.Remoting;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Active checks are spoken as requests are.</summary>
public sealed class HealthProtocolTests : IDisposable
{
    private const string Check = "healthCheck: {kind: http, path: /health, intervalMs: 100, unhealthyThreshold: 1, healthyThreshold: 1}";

    private readonly TestCertificates _authority = new();
    private readonly CertificatePaths _server;
    private volatile int _status = 200;

    public HealthProtocolTests() => _server = _authority.Issue("localhost");

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("h2", false, "2 mesh")]
    [InlineData("auto", false, "1.1 mesh")]
    [InlineData("h2", true, "2 mesh")]
    [InlineData("auto", true, "2 mesh")]
    [InlineData("http1", true, "1.1 mesh")]
    public async Task Checks_GoByTheClientsProtocolAndTls(string protocol, bool secured, string via)
    {
        string seen = "";
        await using Origin origin = Origin.Answering(request =>
        {
            if (request.StartLine.Contains("/health", StringComparison.Ordinal)) seen = request["Via"] ?? "";
            return $"HTTP/1.1 {(request.StartLine.Contains("/health", StringComparison.Ordinal) ? _status : 200)} X\r\nContent-Length: 0\r\n\r\n";
        });
        string tls = secured ? $"tls: {{certPath: '{_server.Certificate}', keyPath: '{_server.Key}'}}" : "";
        await using TestNode behind = await TestNode.BeforeAsync(origin, server: tls);
        string trust = secured ? $", tls: {{commonName: localhost, trustCertsBundle: '{_server.Authorities}'}}" : "";
        await using TestNode node = await TestNode.RoutingAsync(
            $"/svc => /$/inet/127.0.0.1/{behind.Address.Port}", $"client: {{protocol: {protocol}, {Check}{trust}}}");

        Assert.Equal(200, (await node.GetAsync()).Status);
        await Eventually.HoldsAsync(() => node.Metric("mesh_destination_health_checks_total", ("result", "good")) > 0, () => node.Log);
        _status = 500;
        await node.MetricIsAsync(1, "mesh_destination_endpoints", ("phase", "sick"));

        Assert.Equal(via, seen);
    }

    [Fact]
    public async Task EndpointWhoseCertificateIsNotBelieved_IsSick()
    {
        using TestCertificates others = new("another authority");
        await using Origin origin = Origin.Saying("app");
        await using TestNode behind = await TestNode.BeforeAsync(
            origin, server: $"tls: {{certPath: '{_server.Certificate}', keyPath: '{_server.Key}'}}");
        await using TestNode node = await TestNode.RoutingAsync(
            $"/svc => /$/inet/127.0.0.1/{behind.Address.Port}",
            $"client: {{{Check}, tls: {{commonName: localhost, trustCertsBundle: '{others.Issue("localhost").Authorities}'}}}}");

        await node.GetAsync();

        await node.MetricIsAsync(1, "mesh_destination_endpoints", ("phase", "sick"));
        Assert.True(node.Metric("mesh_destination_health_checks_total", ("result", "bad")) > 0);
    }
}
