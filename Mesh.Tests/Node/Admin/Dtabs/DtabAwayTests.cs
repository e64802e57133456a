using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Mesh.Tests.EndToEnd;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Node.Admin.Dtabs;

/// <summary>What is said when what would decide is not there.</summary>
public sealed class DtabAwayTests
{
    [Fact]
    public async Task WithoutACluster_ThereAreNoNamespaces()
    {
        await using TestNode node = await TestNode.RoutingAsync("/svc => /$/nil");

        (HttpStatusCode status, string text) = await node.AdminAsync("/api/1/dtabs");

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("add a `cluster:` section", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithTheJournalAway_WritesAre503WithTheReason_AndTheRestGoesOn()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("mesh-away-");
        await using Origin origin = Origin.Saying("hello");
        TestNode node = await TestNode.RoutingAsync(
            $"/svc => /$/inet/127.0.0.1/{origin.Port}",
            "interpreter: {kind: io.mesh.routes}",
            top: $"cluster: {{node: n1, port: 0, directory: '{folder.FullName}'}}, "
                + $"journal: {{kind: postgresql, connectionString: 'Host=127.0.0.1;Port={Ports.Free()};Username=mesh;Timeout=1'}}");
        try
        {
            using HttpClient http = new() { Timeout = Peer.Patience };
            using HttpRequestMessage request = new(HttpMethod.Put, $"http://{node.Host.Admin}/api/1/dtabs/web");
            request.Content = new StringContent("/a => /b", Encoding.UTF8, "text/plain");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", DtabLab.Token);
            using HttpResponseMessage answer = await http.SendAsync(request);

            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Contains("journal", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Equal((HttpStatusCode.OK, "[]\n"), await node.AdminAsync("/api/1/dtabs"));
            Assert.Equal("hello", (await node.GetAsync()).Text);
        }
        finally
        {
            await node.Host.KillAsync();
            await node.DisposeAsync();
            folder.Delete(recursive: true);
        }
    }
}
