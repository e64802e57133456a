using Xunit;

namespace Mesh.Tests.Tidy;

/// <summary>Shows every complaint of a rule at once.</summary>
internal static class Complaints
{
    /// <summary>Passes when there is none.</summary>
    public static void None(IEnumerable<string> complaints)
    {
        string[] all = [.. complaints];
        Assert.True(all.Length == 0, $"{all.Length} to mend:\n  {string.Join("\n  ", all)}");
    }
}
