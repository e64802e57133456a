using Mesh.Node.Proxy;
using Mesh.Node.Proxy.Grpc;
using Mesh.Wire.Faults;
using Xunit;

namespace Mesh.Tests.Node.Proxy.Grpc;

public sealed class GrpcStatusTests
{
    [Theory]
    [InlineData(FaultStage.Identify, FaultParty.Client, FaultCause.Unidentified, "UNIMPLEMENTED")]
    [InlineData(FaultStage.Bind, FaultParty.Node, FaultCause.Unbound, "UNAVAILABLE")]
    [InlineData(FaultStage.Bind, FaultParty.Node, FaultCause.TimedOut, "UNAVAILABLE")]
    [InlineData(FaultStage.Pick, FaultParty.Backend, FaultCause.NoAddress, "UNAVAILABLE")]
    [InlineData(FaultStage.Pool, FaultParty.Node, FaultCause.Overloaded, "UNAVAILABLE")]
    [InlineData(FaultStage.Connect, FaultParty.Backend, FaultCause.TimedOut, "UNAVAILABLE")]
    [InlineData(FaultStage.Connect, FaultParty.Backend, FaultCause.Unreachable, "UNAVAILABLE")]
    [InlineData(FaultStage.Handshake, FaultParty.Backend, FaultCause.Untrusted, "UNAVAILABLE")]
    [InlineData(FaultStage.Admit, FaultParty.Node, FaultCause.TimedOut, "DEADLINE_EXCEEDED")]
    [InlineData(FaultStage.Admit, FaultParty.Node, FaultCause.Overloaded, "UNAVAILABLE")]
    [InlineData(FaultStage.Admit, FaultParty.Node, FaultCause.RateLimited, "RESOURCE_EXHAUSTED")]
    [InlineData(FaultStage.Admit, FaultParty.Client, FaultCause.Rejected, "INTERNAL")]
    [InlineData(FaultStage.Request, FaultParty.Client, FaultCause.Closed, "CANCELLED")]
    [InlineData(FaultStage.ResponseHead, FaultParty.Backend, FaultCause.TimedOut, "DEADLINE_EXCEEDED")]
    [InlineData(FaultStage.ResponseHead, FaultParty.Backend, FaultCause.Closed, "UNAVAILABLE")]
    [InlineData(FaultStage.ResponseHead, FaultParty.Backend, FaultCause.Rejected, "INTERNAL")]
    [InlineData(FaultStage.ResponseBody, FaultParty.Backend, FaultCause.Closed, "UNAVAILABLE")]
    [InlineData(FaultStage.Pick, FaultParty.Node, FaultCause.Bug, "INTERNAL")]
    public void Fault_HasItsStatus(FaultStage stage, FaultParty party, FaultCause cause, string name) =>
        Assert.Equal(name, GrpcStatus.Name(GrpcStatus.Of(new FaultReport(new Fault(stage, party, cause), ""))));

    [Theory]
    [InlineData(503, "UNAVAILABLE")]
    [InlineData(429, "UNAVAILABLE")]
    [InlineData(404, "UNIMPLEMENTED")]
    [InlineData(401, "UNAUTHENTICATED")]
    [InlineData(500, "UNKNOWN")]
    [InlineData(200, "UNKNOWN")]
    public void StatusOfHttp_StandsForOne(int status, string name) => Assert.Equal(name, GrpcStatus.Name(GrpcStatus.OfHttp(status)));

    [Fact]
    public void StatusOfADrill_IsThatOfItsHttpStatus() =>
        Assert.Equal(
            GrpcStatus.Unavailable,
            GrpcStatus.Of(new FaultReport(new Fault(FaultStage.Admit, FaultParty.Node, FaultCause.Injected), "") { Status = 503 }));

    [Fact]
    public void Message_IsPercentEncoded() => Assert.Equal("100%25 \"so\"%0D%0A%C3%BC", GrpcAnswers.Encode("100% \"so\"\r\nü"));
}
