using Mesh.Fuzz;
using Xunit;

namespace Mesh.Tests.Fuzzing;

/// <summary>
/// Every target of bench/Mesh.Fuzz for a fixed number of cases of a fixed seed, so that each run of the tests does the same. Longer, and with other
/// seeds, by its command: docs/FUZZING.md.
/// </summary>
public sealed class FuzzTests
{
    private const ulong Seed = 20261121;

    [Theory]
    [InlineData("http1-request", 8000)]
    [InlineData("http1-response", 8000)]
    [InlineData("http1-server", 6000)]
    [InlineData("http1-client", 3000)]
    [InlineData("hpack-decoder", 12_000)]
    [InlineData("hpack-roundtrip", 4000)]
    [InlineData("http2-heads", 30_000)]
    [InlineData("http2-server", 3000)]
    [InlineData("http2-client", 2500)]
    [InlineData("detect", 10_000)]
    [InlineData("proxy-header", 3000)]
    [InlineData("client-hello", 2000)]
    public async Task NothingIsFound(string target, long cases)
    {
        FuzzTarget found = Assert.Single(FuzzTargets.Find(target));

        FuzzReport report = await new FuzzRunner(found, Seed).RunAsync(cases, TimeSpan.FromMinutes(30));

        Assert.True(report.Failure is null, $"{report}\n{report.Failure}");
        Assert.Equal(cases, report.Cases);
    }

    [Fact]
    public void EachTarget_IsRunHere()
    {
        object[][] run = [.. typeof(FuzzTests).GetMethod(nameof(NothingIsFound))!.GetCustomAttributes(typeof(InlineDataAttribute), false)
            .Cast<InlineDataAttribute>().Select(static row => row.GetData(null!).Single())];

        Assert.Equal(FuzzTargets.All.Select(static target => target.Name).Order(), run.Select(static row => (string)row[0]).Order());
    }
}
