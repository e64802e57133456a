using Mesh.Node.Config;
using Mesh.Node.Telemetry;
using Mesh.Routing.Telemetry;
using Mesh.Tests.Node.Config;
using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Node.Telemetry;

public sealed class ServerLabelsTests
{
    [Theory]
    [InlineData("{port: 4140}", "127.0.0.1/4140")]
    [InlineData("{port: 4140, ip: 0.0.0.0}", "0.0.0.0/4140")]
    [InlineData("{port: 0}, {port: 0}, {port: 0}", "127.0.0.1/0 127.0.0.1/0-2 127.0.0.1/0-3")]
    public void Servers_AreNamedByAddressAndToldApart(string servers, string labels)
    {
        MeshConfig config = Loading.Config($"routers: [{{protocol: http, servers: [{servers}]}}]");

        Assert.Equal(labels, string.Join(' ', ServerLabels.Of(config.Routers[0].Servers)));
    }

    [Fact]
    public void Label_StandsForTheAddress()
    {
        ServerConfig server = Loading.Config("routers: [{protocol: http, servers: [{port: 1}]}]").Routers[0].Servers[0];

        Assert.Equal("in in-2", string.Join(' ', ServerLabels.Of([server with { Label = "in" }, server with { Label = "in" }])));
    }

    [Fact]
    public void Reasons_AreIndexedByTheirEnum_AndThoseOfResponsesAreTheRest()
    {
        Assert.Equal(RejectReasons.Count, ServerLabels.RejectionReasons.Length);
        Assert.Equal(RejectReasons.Label(RejectReason.MissingHost), ServerLabels.RejectionReasons[(int)RejectReason.MissingHost]);
        Assert.Equal(ServerMetrics.OtherReason, ServerLabels.RejectionReasons[(int)RejectReason.InvalidStatusLine]);
        Assert.Equal(ServerMetrics.OtherReason, ServerLabels.RejectionReasons[(int)RejectReason.None]);
    }
}
