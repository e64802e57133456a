using System.Collections.Immutable;
using Mesh.Actors.Downing;
using Mesh.Actors.Membership;
using Mesh.Tests.Actors.Detection;
using Xunit;

namespace Mesh.Tests.Actors.Downing;

/// <summary>No two sides go on: every split of up to five core nodes, every strategy, every single step that one side may not know yet.</summary>
public sealed class EverySplitTests
{
    private readonly Dictionary<(int Inside, int Changed, MemberStatus? Status, bool OldestFirst, bool Young), ImmutableArray<bool>> _known = [];

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(3, 3)]
    [InlineData(4, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 2)]
    [InlineData(5, 3)]
    public void NoTwoSides_GoOn_AlsoWhenOneKnowsAStepMore(int nodes, int sides)
    {
        int decided = 0;
        foreach (int[] split in Splits.Of(nodes, sides))
        {
            foreach ((MemberStatus? first, MemberStatus? second) in Splits.Steps)
            {
                for (int changed = 0; changed < nodes; changed++)
                {
                    foreach (bool oldestFirst in new[] { true, false })
                    {
                        // Which sides know the later status: every subset.
                        for (int knowing = 0; knowing < 1 << sides; knowing++)
                        {
                            // Whoever comes Up only now is the youngest.
                            bool young = (first ?? MemberStatus.Up) < MemberStatus.Up || first is null;
                            decided += Check(split, sides, changed, side => (knowing >> side & 1) == 1 ? second : first, oldestFirst, young);
                            if (first == second) break;
                        }
                    }
                }
            }
        }

        Assert.True(decided > 0);
    }

    [Fact]
    public void WithEqualViews_KeepMajority_KeepsExactlyOneOfTwoSides()
    {
        for (int nodes = 2; nodes <= 5; nodes++)
        {
            foreach (int[] split in Splits.Of(nodes, sides: 2).Where(split => split.Contains(1)))
            {
                Assert.Single(Survivors(split, 2, _ => Crowd.Of(nodes), new DowningSettings()));
            }
        }
    }

    [Fact]
    public void WithEqualViews_KeepOldest_KeepsExactlyOneOfTwoSides()
    {
        var settings = new DowningSettings { Strategy = DowningStrategy.KeepOldest };
        for (int nodes = 2; nodes <= 5; nodes++)
        {
            foreach (int[] split in Splits.Of(nodes, sides: 2).Where(split => split.Contains(1)))
            {
                Assert.Single(Survivors(split, 2, _ => Crowd.Of(nodes), settings));
            }
        }
    }

    [Fact]
    public void EveryMemberOfASide_DecidesTheSame()
    {
        foreach (DowningSettings settings in Splits.Strategies)
        {
            foreach (int[] split in Splits.Of(5, sides: 3).Where(split => split.Contains(1)))
            {
                for (int side = 0; side < 3; side++)
                {
                    int[] inside = Inside(split, side);
                    var decisions = inside.Select(node => Splits.Decide(node, Crowd.Of(5), Splits.Accusations(inside, 5), settings)).ToList();

                    Assert.True(decisions.Select(each => each.Outcome).Distinct().Count() <= 1);
                    Assert.True(decisions.Select(each => each.Actor).Distinct().Count() <= 1);
                    Assert.All(decisions, each => Assert.NotEqual(DowningOutcome.Nothing, each.Outcome));
                }
            }
        }
    }

    /// <summary>One node's status may be a step further on some sides. A split that nobody survives is allowed; two survivors never.</summary>
    private int Check(int[] split, int sides, int changed, Func<int, MemberStatus?> known, bool oldestFirst, bool young)
    {
        ImmutableArray<bool>[] goesOn = [.. Enumerable.Range(0, sides).Select(side => GoesOn(split, side, changed, known(side), oldestFirst, young))];
        for (int strategy = 0; strategy < Splits.Strategies.Length; strategy++)
        {
            Assert.True(goesOn.Count(each => each[strategy]) <= 1,
                $"{Splits.Strategies[strategy].StrategyName}: sides {string.Join("", split)}, node {changed} is "
                + $"{string.Join("/", Enumerable.Range(0, sides).Select(known))}, oldest first {oldestFirst}: two go on");
        }

        return Splits.Strategies.Length;
    }

    /// <summary>By strategy. What a side decides depends on who is inside and on what they know, so each such case is computed once.</summary>
    private ImmutableArray<bool> GoesOn(int[] split, int side, int changed, MemberStatus? status, bool oldestFirst, bool young)
    {
        int[] inside = Inside(split, side);
        (int, int, MemberStatus?, bool, bool) key = (inside.Sum(node => 1 << node), changed, status, oldestFirst, young);
        if (_known.TryGetValue(key, out ImmutableArray<bool> decided)) return decided;
        IEnumerable<Member> all = Enumerable.Range(0, split.Length).Select(node => Aged(Crowd.Member(node, core: true), split.Length, oldestFirst));
        ImmutableArray<Member> members = status is { } now
            ? [.. all.Select(member => member.UniqueAddress == Crowd.Node(changed) ? At(member, now, young) : member)]
            : [.. all.Where(member => member.UniqueAddress != Crowd.Node(changed))];
        return _known[key] = [.. Splits.Strategies.Select(settings => Survives(split, side, members, settings))];
    }

    private static List<int> Survivors(int[] split, int sides, Func<int, ImmutableArray<Member>> members, DowningSettings settings) =>
        [.. Enumerable.Range(0, sides).Where(side => Survives(split, side, members(side), settings))];

    /// <summary>The first that is a member in its own side's view speaks for the side.</summary>
    private static bool Survives(int[] split, int side, ImmutableArray<Member> known, DowningSettings settings)
    {
        int[] inside = Inside(split, side);
        foreach (int node in inside)
        {
            if (known.FirstOrDefault(member => member.UniqueAddress == Crowd.Node(node)) is not { Status: < MemberStatus.Down }) continue;
            return Splits.Decide(node, known, Splits.Accusations(inside, split.Length), settings).Outcome == DowningOutcome.DownOthers;
        }

        return false;
    }

    private static int[] Inside(int[] split, int side) => [.. Enumerable.Range(0, split.Length).Where(node => split[node] == side)];

    private static Member Aged(Member member, int nodes, bool oldestFirst) =>
        oldestFirst ? member : member with { UpNumber = nodes + 1 - member.UpNumber };

    private static Member At(Member member, MemberStatus status, bool young) => member with
    {
        Status = status,
        UpNumber = status < MemberStatus.Up ? Member.NotUp : young ? 100 : member.UpNumber,
    };
}
