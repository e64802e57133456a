using Mesh.Fuzz;
using Xunit;

namespace Mesh.Tests.Fuzzing;

/// <summary>What fuzzing has found, each as the smallest case that showed it, named by what must hold.</summary>
public sealed class FuzzFindingsTests
{
    [Fact]
    public void EmptyCrumbOfACookie_LeavesNoWhiteSpaceThatTheNextHopRefuses() => Holds("""
        target http2-heads
        knobs 00000000000000000000000000000000
        part 073A6D6574686F6461 # :method a
        part 073A736368656D6568747470 # :scheme http
        part 0A3A617574686F7269747961 # :authority a
        part 053A706174682F # :path /
        part 06636F6F6B696561 # cookie a
        part 06636F6F6B6965 # cookie, empty
        """);

    private static void Holds(string text)
    {
        (string name, FuzzCase made) = FuzzCase.Parse(text);
        Holds(name, made);
    }

    private static void Holds(string name, FuzzCase made)
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);

        string? fault = FuzzRunner.Try(Assert.Single(FuzzTargets.Find(name)), made);

        SynchronizationContext.SetSynchronizationContext(context);
        Assert.True(fault is null, fault);
    }
}
