using System.Text.RegularExpressions;
using Xunit;

namespace Mesh.Tests.Kit;

public sealed class RunningProcessTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(30);

    [LinuxFact]
    public async Task Line_IsFoundBeforeAndAfterItCame()
    {
        await using RunningProcess process = RunningProcess.Start("sh", ["-c", "echo port 41; exec sleep 60"]);

        Match coming = await process.LineAsync(new Regex(@"port (\d+)"), Generous);
        Match past = await process.LineAsync(new Regex(@"port (\d+)"), Generous);

        Assert.Equal("41", coming.Groups[1].Value);
        Assert.Equal("41", past.Groups[1].Value);
    }

    [LinuxFact]
    public async Task Line_ThatNeverComes_FailsWithWhatWasSaid()
    {
        await using RunningProcess process = RunningProcess.Start("sh", ["-c", "echo wrong key >&2; exit 3"]);

        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => process.LineAsync(new Regex("serving"), Generous));

        Assert.Contains("wrong key", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, await process.ExitAsync(Generous));
    }

    [LinuxFact]
    public async Task Terminate_LetsTheProgramEndInItsOwnWay()
    {
        const string Script = "trap 'echo drained; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
        await using RunningProcess process = RunningProcess.Start("sh", ["-c", Script]);
        await process.LineAsync(new Regex("ready"), Generous);

        process.Terminate();
        int code = await process.ExitAsync(Generous);

        Assert.Equal(0, code);
        Assert.Contains("drained", process.Output, StringComparison.Ordinal);
    }

    [LinuxFact]
    public async Task Exit_KillsAProgramThatTakesTooLong()
    {
        await using RunningProcess process = RunningProcess.Start("sleep", ["60"]);

        await Assert.ThrowsAsync<TimeoutException>(() => process.ExitAsync(TimeSpan.FromMilliseconds(20)));

        Assert.NotEqual(0, await process.ExitAsync(Generous));
    }
}
