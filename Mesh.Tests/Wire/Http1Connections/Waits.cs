using Xunit;

namespace Mesh.Tests.Wire.Http1Connections;

/// <summary>Waits that a test by hand never awaits: a step has ended them, or it has not.</summary>
internal static class Waits
{
    /// <summary>The result of a wait that is over.</summary>
    public static T Now<T>(this ValueTask<T> wait)
    {
        Assert.True(wait.IsCompleted, "it still waits");
        return wait.GetAwaiter().GetResult();
    }

    /// <summary>As above.</summary>
    public static T Now<T>(this Task<T> wait)
    {
        Assert.True(wait.IsCompleted, "it still waits");
        return wait.GetAwaiter().GetResult();
    }

    public static bool Goes<T>(this ValueTask<T> wait) => !wait.IsCompleted;
}
