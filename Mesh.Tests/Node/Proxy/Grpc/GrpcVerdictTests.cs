using Mesh.Node.Config;
using Mesh.Node.Proxy;
using Mesh.Node.Proxy.Grpc;
using Xunit;

namespace Mesh.Tests.Node.Proxy.Grpc;

/// <summary>What the classifiers say; the kinds are read as an operator writes them by the tests from end to end.</summary>
public sealed class GrpcVerdictTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    [InlineData(8, false)]
    [InlineData(12, false)]
    [InlineData(13, true)]
    [InlineData(14, true)]
    [InlineData(15, true)]
    public void WithoutAClassifier_TheServersFaultsAreFailures(int code, bool fails) => Assert.Equal(fails, GrpcVerdicts.IsFailure(Of(null), code));

    [Fact]
    public void WithoutAClassifier_NothingIsTriedAgain() => Assert.False(GrpcVerdicts.MayRepeat(Of(null)));

    [Fact]
    public void ClassifierOfHttpThatRepeatsPosts_RepeatsCallsThatAreUnavailable()
    {
        ServiceSettings settings = Of(null, ResponseClassifier.RetryableAll);

        Assert.True(GrpcVerdicts.MayRepeat(settings));
        Assert.True(GrpcVerdicts.IsRetryable(settings, GrpcStatus.Unavailable));
        Assert.False(GrpcVerdicts.IsRetryable(settings, GrpcStatus.Internal));
        Assert.True(GrpcVerdicts.IsHttpRetryable(settings, 500));
    }

    [Fact]
    public void SuccessIsNeverTriedAgain()
    {
        GrpcClassifier always = new(GrpcClassifier.Codes([0, 5]), GrpcClassifier.All, ReadsHttp: true);

        Assert.False(always.IsRetryable(5));
        Assert.True(always.IsRetryable(16));
        Assert.True(always.IsSuccess(5));
    }

    [Theory]
    [InlineData(503, true)]
    [InlineData(429, true)]
    [InlineData(500, false)]
    [InlineData(200, false)]
    public void OnlyAClassifierThatReadsHttp_TriesAResponseWithoutStatusAgain(int http, bool tries)
    {
        Assert.Equal(tries, GrpcVerdicts.IsHttpRetryable(Of(new(GrpcClassifier.OnlyOk, GrpcClassifier.OnlyUnavailable, ReadsHttp: true)), http));
        Assert.False(GrpcVerdicts.IsHttpRetryable(Of(new(GrpcClassifier.OnlyOk, GrpcClassifier.OnlyUnavailable, ReadsHttp: false)), http));
    }

    private static ServiceSettings Of(GrpcClassifier? grpc, ResponseClassifier http = ResponseClassifier.ServerErrors) =>
        ServiceSettings.Of(new ServiceConfig(null, http) { Grpc = grpc });
}
