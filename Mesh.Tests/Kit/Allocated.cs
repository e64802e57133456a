namespace Mesh.Tests.Kit;

/// <summary>What code allocates, in bytes.</summary>
internal static class Allocated
{
    private const int Runs = 8;

    /// <summary>
    /// The least that this thread allocates in one of several runs. One run alone is not to be believed: a collection that another thread
    /// causes books what is left of this thread's allocation buffer, up to 8 KiB, as allocated.
    /// </summary>
    public static long Least(Action act)
    {
        long least = long.MaxValue;
        for (int run = 0; run < Runs && least > 0; run++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            act();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
