using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Wire;

namespace Mesh.Tests.Actors.Detection;

/// <summary>Members for tests of pure functions.</summary>
internal static class Crowd
{
    private static readonly UniqueAddress[] Few = [.. Enumerable.Range(0, 8).Select(number => Make(number, UidOf(number)))];

    public static UniqueAddress Node(int number, ulong uid = 0) =>
        uid == 0 && number < Few.Length ? Few[number] : Make(number, uid != 0 ? uid : UidOf(number));

    private static UniqueAddress Make(int number, ulong uid) =>
        new(new Address("mesh", $"10.{number / 65536}.{number / 256 % 256}.{number % 256:d3}", 4100), uid);

    public static Member Member(int number, bool core, MemberStatus status = MemberStatus.Up, ulong incarnation = 1, int? upNumber = null) => new(
        Node(number), $"n{number}", core ? [Mesh.Actors.Membership.Member.CoreRole] : [], "1", status,
        upNumber ?? (status < MemberStatus.Up ? Mesh.Actors.Membership.Member.NotUp : number + 1), incarnation);

    /// <summary>In address order: the core first, then edges.</summary>
    public static ImmutableArray<Member> Of(int core, int edge = 0) =>
        [.. Enumerable.Range(0, core + edge).Select(number => Member(number, number < core)).OrderBy(member => member.UniqueAddress)];

    public static ReachabilityRow Row(int observer, int subject, ReachabilityStatus status, ulong incarnation = 1, ulong version = 1) =>
        new(Node(observer), Node(subject), incarnation, status, version);

    public static ReachabilityRow Suspects(int observer, int subject) => Row(observer, subject, ReachabilityStatus.Suspect);

    public static ReachabilityRow Insists(int observer, int subject) => Row(observer, subject, ReachabilityStatus.Unreachable);

    private static ulong UidOf(int number) => new SplitMix64((ulong)number + 1).Next();
}
