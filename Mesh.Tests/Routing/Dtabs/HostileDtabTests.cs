using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Dtabs;

/// <summary>What the 8 KiB of rules that a request may bring can cost at most.</summary>
public sealed class HostileDtabTests
{
    /// <summary>Allocated bytes stand for work: unlike time they are the same on every machine. The ordinary name takes a few KiB.</summary>
    private const long MaxAllocated = 48 << 20;

    public static TheoryData<string> Dtabs =>
    [
        Repeated(256, ";", "/=>/ & /"),
        "/=>" + Repeated(2000, " & ", "/"),
        "/=>" + Repeated(4000, "|", "~") + "|/",
        "/=>(" + Repeated(3900, "&", "~") + "&/ & /)",
        "/=>" + Repeated(200, "&", "/a/a/a/a/a/a/a/a/a/a"),
        "/=>" + Repeated(200, "|", "/a/a/a/a/a/a/a/a/a/a"),
        Repeated(256, ";", "/=>~|~|~|~|~|~|~|~|~|~|/ & /"),
        Repeated(256, ";", "/*=>/x & /y & (/z|/w)"),
    ];

    [Theory]
    [MemberData(nameof(Dtabs))]
    public void CostsBoundedWork(string text)
    {
        Dtab dtab = Dtab.Parse(text);
        long before = GC.GetAllocatedBytesForCurrentThread();

        NameBinder.Bind(Path.Parse("/s/web"), dtab, static _ => NameState.Resolved.Neg);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocated);
    }

    private static string Repeated(int times, string between, string what) => string.Join(between, Enumerable.Repeat(what, times));
}
