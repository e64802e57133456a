using Mesh.Actors.Sharding;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Sharding;

/// <summary>The entities of one shard: moved, passivated and failed are three things.</summary>
public sealed class ShardCoreTests
{
    private static readonly ShardingSettings Settings = new();
    private readonly List<ShardEffect> _effects = [];
    private TimeSpan _now = TimeSpan.FromSeconds(10);

    [Fact]
    public void StartsAgain_AnEntityThatGotMailWhileItPassivated()
    {
        ShardCore core = Core();
        core.Deliver(Mail("a", 1), _now);
        core.Passivate("a", "stop");
        core.Deliver(Mail("a", 2), _now);
        _effects.Clear();

        core.Gone("a", _now);

        Assert.Equal(["StartEntity a", "Deliver a2"], Told());
    }

    [Fact]
    public void PausesAFailedEntity_LongerEachTime_AndKeepsItsMail()
    {
        ShardCore core = Core();
        core.Deliver(Mail("a", 1), _now);
        core.Gone("a", _now);
        core.Deliver(Mail("a", 2), _now);
        _effects.Clear();

        Tick(core, 0.9);
        Assert.Empty(Told());
        Tick(core, 0.2);
        Assert.Equal(["StartEntity a", "Deliver a2"], Told());

        core.Gone("a", _now);
        core.Passivate("a", "stop");
        core.Deliver(Mail("a", 3), _now);
        _effects.Clear();
        Tick(core, 1.9);
        Assert.Empty(Told());
        Tick(core, 0.2);
        Assert.Equal(["StartEntity a", "Deliver a3"], Told());
    }

    [Fact]
    public void Remembers_BeforeTheFirstMailIsHandled_AndForgetsOnlyWhatPassivates()
    {
        ShardCore core = Core(remember: true);
        core.Deliver(Mail("a", 1), _now);
        core.Deliver(Mail("b", 1), _now);
        Assert.Equal(["Remember +a"], Told());
        _effects.Clear();

        core.Remembered(true, _now);
        core.Remembered(true, _now);
        Assert.Equal(["Remember +b", "StartEntity a", "Deliver a1", "StartEntity b", "Deliver b1"], Told());
        _effects.Clear();

        core.Passivate("a", "stop");
        core.Gone("a", _now);
        core.Remembered(true, _now);
        Assert.Equal(["StopEntity a", "Remember -a"], Told());
        _effects.Clear();

        core.Stop();
        core.Gone("b", _now);
        Assert.Equal(["StopEntity b"], Told());
        Assert.True(core.IsEmpty);
    }

    [Fact]
    public void Restores_TwentyInATenthOfASecond()
    {
        ShardCore core = Core(remember: true);
        core.Restore([.. Enumerable.Range(0, 45).Select(i => $"e{i:00}")], _now);

        Tick(core, 0);
        Assert.Equal(20, core.Count);
        Tick(core, 0.05);
        Assert.Equal(20, core.Count);
        Tick(core, 0.05);
        Tick(core, 0.1);
        Assert.Equal(45, core.Count);
    }

    [Fact]
    public void Passivates_TheIdle()
    {
        ShardCore core = Core();
        core.Deliver(Mail("a", 1), _now);
        Tick(core, 100);
        core.Deliver(Mail("b", 1), _now);
        _effects.Clear();

        Tick(core, 20);

        Assert.Equal(["StopEntity a"], Told());
    }

    /// <summary>Whatever happens in whatever order: each mail is delivered once and in order, or dropped with a reason, or still held.</summary>
    [Fact]
    public void Accounts_ForEveryMail()
    {
        for (ulong seed = 1; seed <= 300; seed++)
        {
            var random = new SplitMix64(seed);
            _effects.Clear();
            var budget = new MailBudget(20, 1 << 20, null);
            var core = new ShardCore(1, 5, new ShardingTypeOptions { RememberEntities = seed % 2 == 0 }, Settings, budget, _effects);
            int sent = 0;
            for (int step = 0; step < 150; step++)
            {
                string id = $"{(char)('a' + random.Next(4))}";
                switch (random.Next(6))
                {
                    case 0 or 1: core.Deliver(Mail(id, ++sent), _now); break;
                    case 2: core.Passivate(id, "stop"); break;
                    case 3: core.Gone(id, _now); break;
                    case 4: core.Remembered(random.Next(4) != 0, _now); break;
                    default: Tick(core, random.NextDouble() * 3); break;
                }
            }

            List<ShardMail> left = core.Stop();
            List<ShardMail> delivered = [.. _effects.OfType<ShardEffect.Deliver>().Select(effect => effect.Mail)];
            int dropped = _effects.OfType<ShardEffect.Drop>().Count();
            Assert.True(sent == delivered.Count + dropped + left.Count, $"seed {seed}");
            Assert.True(delivered.GroupBy(mail => mail.EntityId).All(entity => entity.Select(mail => mail.Sequence).SequenceEqual(
                entity.Select(mail => mail.Sequence).Distinct().Order())), $"seed {seed}: out of order");
            Assert.True(budget is { Count: 0, Bytes: 0 }, $"seed {seed}: the budget leaks");
        }
    }

    private ShardCore Core(bool remember = false) =>
        new(1, 5, new ShardingTypeOptions { RememberEntities = remember }, Settings, new MailBudget(100, 1 << 20, null), _effects);

    private void Tick(ShardCore core, double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        core.Tick(_now);
    }

    private ShardMail Mail(string id, long sequence) => new(id, 1, "hello", null) { Sequence = sequence, At = _now };

    private IEnumerable<string> Told() => _effects.Select(effect => effect switch
    {
        ShardEffect.StartEntity start => $"StartEntity {start.EntityId}",
        ShardEffect.StopEntity stop => $"StopEntity {stop.EntityId}",
        ShardEffect.Deliver deliver => $"Deliver {deliver.Mail.EntityId}{deliver.Mail.Sequence}",
        ShardEffect.Remember write =>
            $"Remember {string.Concat(write.Started.Select(id => $"+{id}"))}{string.Concat(write.Stopped.Select(id => $"-{id}"))}",
        _ => "",
    }).Where(text => text.Length > 0);
}
