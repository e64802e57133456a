using Mesh.Actors.Tables;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Tables;

public sealed class OriginBookTests
{
    private static readonly TimeSpan Now = TimeSpan.FromHours(1);

    [Fact]
    public void Pick_TakesTheFreshest_AndOthersByChance()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            var random = new SplitMix64(seed);
            int owners = 1 + random.Next(200);
            (OriginBook book, SortedDictionary<ulong, TimeSpan> heard) = Filled(ref random, owners);
            ulong[] byAge = [.. heard.OrderByDescending(each => each.Value).ThenBy(each => each.Key).Select(each => each.Key)];

            List<OriginAge> picked = book.Pick(32, Now, Next);

            int fresh = book.Count <= 32 ? byAge.Length : Math.Min(24, byAge.Length);
            Assert.Equal(byAge[..fresh], picked.Take(fresh).Select(each => each.Uid));
            Assert.Equal(Math.Min(32, heard.Count), picked.Select(each => each.Uid).Distinct().Count());
            Assert.All(picked, each => Assert.Equal(Now - heard[each.Uid], each.Age));

            int Next(int bound) => random.Next(bound);
        }
    }

    [Fact]
    public void Pick_StarvesNobody()
    {
        var random = new SplitMix64(7);
        (OriginBook book, SortedDictionary<ulong, TimeSpan> heard) = Filled(ref random, 300);
        HashSet<ulong> told = [];

        for (int i = 0; i < 300; i++) told.UnionWith(book.Pick(32, Now, bound => random.Next(bound)).Select(each => each.Uid));

        Assert.Equal(heard.Count, told.Count);
    }

    [Fact]
    public void Forget_TakesOneOut_AndKeepsTheOthers()
    {
        var book = new OriginBook();
        foreach (ulong uid in new ulong[] { 1, 2, 3 }) book.Heard(uid, 10 + uid, TimeSpan.FromSeconds(uid));

        book.Forget(1);

        Assert.Equal([3UL, 2UL], book.Pick(8, Now, _ => 0).Select(each => each.Uid));
        Assert.Equal(new OriginAge(3, 0, 13, Now - TimeSpan.FromSeconds(3)), book.Of(3, Now));
        Assert.Equal(new OriginAge(1, 0, 0, null), book.Of(1, Now));
    }

    /// <summary>Some owners were heard of, some only seen.</summary>
    private static (OriginBook Book, SortedDictionary<ulong, TimeSpan> Heard) Filled(ref SplitMix64 random, int owners)
    {
        var book = new OriginBook();
        SortedDictionary<ulong, TimeSpan> heard = [];
        for (int i = 0; i < owners; i++)
        {
            ulong uid = random.Next();
            book.Seen(uid, 1);
            if (random.Next(10) == 0) continue;
            heard[uid] = TimeSpan.FromSeconds(random.Next(60));
            book.Heard(uid, 2, heard[uid]);
        }

        return (book, heard);
    }
}
