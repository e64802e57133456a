using Mesh.Fuzz;
using Mesh.Fuzz.World;
using Xunit;

namespace Mesh.Tests.Fuzzing;

/// <summary>What fuzzing has found, each as the smallest case that showed it, named by what must hold.</summary>
public sealed class FuzzFindingsTests
{
    private const string Preface = "part 00505249202A20485454502F322E300D0A0D0A534D0D0A0D0A";

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

    [Fact]
    public void ClosedHttp2Connection_IsNotHeldByItsTimer_WhenItsFlowsEndAfterIt() => Holds($"""
        target http2-server
        knobs CE562CDD6000CCEA0000000000000000
        {Preface}
        part 0000000C040000000000000000000000000000000000 # SETTINGS
        part 0000001701050000006112036161618641016184618B000000000D616161610061 # HEADERS of stream 97
        part F4 # reset
        """);

    [Fact]
    public void ResponseWhoseBlockBreaksTheCode_GivesItsBufferBack() => Holds("""
        target http2-client
        knobs 00000000000000000000000000000000
        part 00000000040000000000 # SETTINGS
        part E1 # a request
        part 00000008010500000001880001780179407F # HEADERS of stream 1: 200, x: y, and half a field
        """);

    [Fact]
    public void NextRequestThatFindsNoRoomBehindTheHead_LosesNoBuffer()
    {
        byte[] head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray();
        byte[] rest = [.. "1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nX: "u8, .. new string('v', 4500).Select(static c => (byte)c),
            .. "\r\n\r\n"u8];

        Holds("http1-server", new FuzzCase(new byte[FuzzTarget.KnobCount], [Script.Deliver(head), Script.Deliver(rest)]));
    }

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
