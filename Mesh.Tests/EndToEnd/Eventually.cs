using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Waits for what has no event of its own, such as a counter, by looking often and for long.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(2);

    public static Task HoldsAsync(Func<bool> holds, Func<string> otherwise) => HoldsAsync(() => Task.FromResult(holds()), otherwise);

    /// <summary>The same where looking takes an answer from somebody; a test that blocks its thread for one would starve xunit's own few.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> holds, Func<string> otherwise)
    {
        long began = TimeProvider.System.GetTimestamp();
        using PeriodicTimer look = new(s_pause);
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Peer.Patience) Assert.Fail(otherwise());
            await look.WaitForNextTickAsync();
        }
    }
}
