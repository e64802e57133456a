using FsCheck;
using FsCheck.Fluent;
using Mesh.Wire;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.Wire.Loops;

public sealed class TimerWheelTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private const long Turn = 1024 * TimerWheel.TickNs;
    private readonly ManualLoop _loop = new();
    private readonly List<string> _fired = [];
    private readonly long _start = EventLoop.NowNs + Second;

    public TimerWheelTests() => _loop.Wheel.Advance(_start);

    [Theory]
    [InlineData(1)]
    [InlineData(TimerWheel.TickNs)]
    [InlineData(TimerWheel.TickNs * 1022)]
    [InlineData(Turn - 1)]
    [InlineData(Turn)]
    [InlineData(Turn + 1)]
    [InlineData(5 * Turn + 12345)]
    [InlineData(600 * Second)]
    public void Fires_NeverEarlyAndAtMostOneTickLate(long after)
    {
        Timer("a").Set(_loop, _start + after);

        for (long now = _start; now < _start + after; now += Math.Max(1, Math.Min(TimerWheel.TickNs, _start + after - now)))
        {
            _loop.Wheel.Advance(now);
            Assert.Empty(_fired);
        }

        _loop.Wheel.Advance(_start + after + TimerWheel.TickNs);
        Assert.Equal(["a"], _fired);
        Assert.Equal(0, _loop.Wheel.Count);
    }

    [Fact]
    public void LongPause_FiresAllThatIsDueOnceAndKeepsTheRest()
    {
        Timer("near").Set(_loop, _start + Second);
        Timer("far").Set(_loop, _start + 3 * Turn);
        Timer("later").Set(_loop, _start + 1000 * Turn);

        _loop.Wheel.Advance(_start + 100 * Turn);

        Assert.Equal(["far", "near"], _fired.Order());
        Assert.Equal(1, _loop.Wheel.Count);
    }

    [Fact]
    public void DeadlineOfThePast_FiresWithinOneTick()
    {
        Timer("a").Set(_loop, _start - 10 * Second);

        Assert.InRange(_loop.Wheel.UntilNext(_start), 0, TimerWheel.TickNs);
        _loop.Wheel.Advance(_start + TimerWheel.TickNs);

        Assert.Equal(["a"], _fired);
    }

    [Fact]
    public void TimerThatSetsItselfAtOnce_DoesNotHoldTheWheel()
    {
        int count = 0;
        CallingTimer timer = new(self =>
        {
            count++;
            self.Set(_loop, _start);
        });
        timer.Set(_loop, _start);

        _loop.Wheel.Advance(_start + TimerWheel.TickNs);

        Assert.Equal(1, count);
    }

    [Fact]
    public void CallbackThatThrows_DoesNotDelayItsNeighbours()
    {
        long due = _start + Second;
        Timer("first").Set(_loop, due);
        new CallingTimer(_ => throw new InvalidOperationException("bug")).Set(_loop, due);
        Timer("last").Set(_loop, due);
        long now = due + TimerWheel.TickNs;

        Assert.Throws<InvalidOperationException>(() => _loop.Wheel.Advance(now));
        _loop.Wheel.Advance(now);

        Assert.Equal(["first", "last"], _fired.Order());
    }

    [Fact]
    public void CallbackMayRemoveItsNeighbour()
    {
        CallingTimer other = Timer("other");
        CallingTimer first = new(_ => other.Remove(_loop));
        other.Set(_loop, _start + Second);
        first.Set(_loop, _start + Second);

        _loop.Wheel.Advance(_start + 2 * Second);

        Assert.Empty(_fired);
        Assert.Equal(0, _loop.Wheel.Count);
    }

    [Fact]
    public void EmptyWheel_SleepsForEver() => Assert.Equal(-1, _loop.Wheel.UntilNext(_start));

    [Fact]
    public void AnySetsMovesAndCancels_FireEachLiveDeadlineOnceInItsTime() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            string? wrong = Model.Complaint((ulong)seed);
            return (wrong is null).Label(wrong ?? "");
        }).QuickCheckThrowOnFailure();

    public void Dispose() => _loop.Dispose();

    private CallingTimer Timer(string name) => new(_ => _fired.Add(name));

    /// <summary>A table of deadlines beside the wheel. Even timers set themselves again once when they fire.</summary>
    private sealed class Model : IDisposable
    {
        private const int Timers = 12;
        private readonly ManualLoop _loop = new();
        private readonly CallingTimer[] _timers = new CallingTimer[Timers];
        private readonly long[] _due = new long[Timers];
        private readonly long[] _settable = new long[Timers];
        private SplitMix64 _random;
        private long _now = EventLoop.NowNs + Second;
        private string? _wrong;

        private Model(ulong seed)
        {
            _random = new SplitMix64(seed);
            _loop.Wheel.Advance(_now);
            for (int i = 0; i < Timers; i++)
            {
                int own = i;
                _due[i] = LoopTimer.Never;
                _timers[i] = new CallingTimer(_ => Fired(own));
            }
        }

        public static string? Complaint(ulong seed)
        {
            using Model model = new(seed);
            for (int step = 0; step < 200 && model._wrong is null; step++) model.Step();
            return model._wrong;
        }

        public void Dispose() => _loop.Dispose();

        private void Step()
        {
            int which = _random.Next(Timers);
            switch (_random.Next(5))
            {
                case 0 or 1:
                    Set(which, _now + _random.Next(_random.Next(2) == 0 ? 200 : 60_000) * 1_000_000L);
                    break;
                case 2:
                    _due[which] = LoopTimer.Never;
                    if (_random.Next(2) == 0) _timers[which].Cancel();
                    else _timers[which].Remove(_loop);
                    break;
                case 3:
                    long sleep = _loop.Wheel.UntilNext(_now);
                    Advance(sleep < 0 ? Second : sleep);
                    break;
                default:
                    Advance(_random.Next(_random.Next(4) == 0 ? 40_000 : 40) * 1_000_000L);
                    break;
            }
        }

        private void Set(int which, long due)
        {
            _due[which] = due;
            _settable[which] = _now;
            _timers[which].Set(_loop, due);
        }

        private void Fired(int which)
        {
            if (_due[which] == LoopTimer.Never) _wrong ??= $"timer {which} fired without a deadline";
            else if (_due[which] > _now) _wrong ??= $"timer {which} fired {_due[which] - _now} ns early";
            _due[which] = LoopTimer.Never;
            if (which % 2 == 0 && _random.Next(2) == 0) Set(which, _now + _random.Next(500) * 1_000_000L);
        }

        private void Advance(long by)
        {
            _now += by;
            _loop.Wheel.Advance(_now);
            for (int i = 0; i < Timers; i++)
            {
                if (_due[i] == LoopTimer.Never) continue;
                long late = _now - Math.Max(_due[i], _settable[i]);
                if (late > TimerWheel.TickNs) _wrong ??= $"timer {i} is {late} ns late";
                long sleep = _loop.Wheel.UntilNext(_now);
                bool overslept = _now + sleep > Math.Max(_due[i], _now) + TimerWheel.TickNs;
                if (sleep < 0 || overslept) _wrong ??= $"the loop would sleep {sleep} ns beyond timer {i}";
            }
        }
    }
}
