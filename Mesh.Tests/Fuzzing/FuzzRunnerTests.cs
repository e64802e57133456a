using Mesh.Fuzz;
using Xunit;

namespace Mesh.Tests.Fuzzing;

/// <summary>What fuzzing itself is worth: it finds, makes small, replays.</summary>
public sealed class FuzzRunnerTests
{
    [Fact]
    public async Task PlantedFault_IsFound_AndMadeAsSmallAsItCanBe()
    {
        FuzzReport report = await new FuzzRunner(new Planted(), 7).RunAsync(10_000, TimeSpan.FromMinutes(1));

        Assert.Contains("seed 7: it holds an x: ", report.Failure, StringComparison.Ordinal);
        string[] parts = [.. report.Failure!.Split('\n').Where(static line => line.StartsWith("part ", StringComparison.Ordinal))];
        Assert.Equal("part 78 # x", Assert.Single(parts));
    }

    [Fact]
    public async Task SameSeed_FindsTheSame()
    {
        FuzzReport first = await new FuzzRunner(new Planted(), 3).RunAsync(10_000, TimeSpan.FromMinutes(1));
        FuzzReport second = await new FuzzRunner(new Planted(), 3).RunAsync(10_000, TimeSpan.FromMinutes(1));

        Assert.NotNull(first.Failure);
        Assert.Equal((first.Cases, first.Failure), (second.Cases, second.Failure));
    }

    [Fact]
    public void CaseAsText_IsReadAgain()
    {
        FuzzCase made = new([1, 2, 255], [[0, 13, 10], [], [(byte)'#', 128]]);

        (string target, FuzzCase read) = FuzzCase.Parse(made.ToText("hpack-decoder"));

        Assert.Equal("hpack-decoder", target);
        Assert.Equal(made.Knobs, read.Knobs);
        Assert.Equal(made.Parts, read.Parts);
    }

    [Fact]
    public void Families_HoldTheirTargets()
    {
        Assert.Equal(
            ["http1-request", "http1-response", "http1-server", "http1-client"],
            FuzzTargets.Find("http1").Select(static target => target.Name));
        Assert.Equal(FuzzTargets.All.Count, FuzzTargets.Find("all").Count);
        Assert.Empty(FuzzTargets.Find("http"));
    }

    private sealed class Planted : FuzzTarget
    {
        public override string Name => "planted";

        public override FuzzCase Make(Dice dice)
        {
            List<byte[]> parts = [.. Enumerable.Range(0, 5).Select(_ => dice.Bytes(dice.Size(100)))];
            Mutator.Bytes(parts, dice);
            return new FuzzCase(dice.Bytes(KnobCount), [.. parts]);
        }

        public override void Check(FuzzCase made) =>
            FuzzFaultException.Require(!made.Joined().Contains((byte)'x'), $"it holds an x: among {made.Size} bytes");
    }
}
