using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Threading.Channels;
using Mesh.Actors;
using Mesh.Actors.Dispatch;

namespace Mesh.Bench;

/// <summary>Messages a second between local actors, beside bare channels that do the same, in one process and in interleaved rounds.</summary>
internal static class ActorsBenchmark
{
    private const int Producers = 8;

    /// <summary>What is asked of an actor, as a share of a channel's throughput.</summary>
    private const double Goal = 0.8;

    private static readonly object s_ball = new();

    public static async Task<int> RunAsync(Options options)
    {
        int rounds = options.Number("rounds", 11);
        int bounces = options.Number("bounces", 300_000);
        int messages = options.Number("messages", 1_000_000);
        Report report = new("actors");
        await report.BeginAsync("Local actors beside bare channels");
        await using var system = ActorSystem.Create("bench");
        Contest[] contests =
        [
            new("ping-pong", "unbounded channels", bounces, count => BounceActors(system, count), count => BounceChannels(count, null)),
            new("ping-pong", $"bounded channels ({MailboxOptions.DefaultCapacity})", bounces, count => BounceActors(system, count),
                count => BounceChannels(count, MailboxOptions.DefaultCapacity)),
            new($"fan-in, {Producers} producers", "an unbounded channel", messages, count => GatherActor(system, count, false),
                count => GatherChannel(count, null, false)),
            new($"fan-in, {Producers} producers", $"a bounded channel ({MailboxOptions.DefaultCapacity})", messages,
                count => GatherActor(system, count, false), count => GatherChannel(count, MailboxOptions.DefaultCapacity, false)),
            new($"flood, {Producers} producers, room for all", "an unbounded channel", messages, count => GatherActor(system, count, true),
                count => GatherChannel(count, null, true)) { HasGoal = false },
            new($"flood, {Producers} producers, room for all", "a bounded channel", messages, count => GatherActor(system, count, true),
                count => GatherChannel(count, count, true)) { HasGoal = false },
        ];

        string only = options.Text("only", "");
        contests = [.. contests.Where(contest => contest.Name.Contains(only, StringComparison.Ordinal))];
        report.Line($"{rounds} rounds; in each, every contest has one run of actors and one of channels, in turn first. {bounces:N0} bounces, "
            + $"{messages:N0} messages; median and quartiles. Ratios are taken within a round.");
        report.Line("Fan-in: each producer is at most 1000 messages ahead, so that a mailbox of the default size loses none. Flood: nobody waits, "
            + "and the queue grows to all of them; a place in a mailbox has 24 bytes (message, sender), in a channel 8. CPU: of the whole "
            + "process, a message; what a machine that others load stretches least.");
        report.Line();
        foreach (Contest contest in contests) await contest.RoundAsync(actorsFirst: true);
        foreach (Contest contest in contests) contest.Forget();
        for (int round = 0; round < rounds; round++)
        {
            foreach (Contest contest in contests) await contest.RoundAsync(actorsFirst: round % 2 == 0);
        }

        report.Head(
            "what", "beside", "actors, million/s", "channels, million/s", "ratio", "actors, CPU ns", "channels, CPU ns", "inverse ratio", "goal");
        foreach (Contest contest in contests) contest.Show(report);
        report.Commands(["dotnet run -c Release --project bench/Mesh.Bench -- actors"]);
        report.Save(options);
        return contests.All(contest => !contest.HasGoal || contest.Ratio >= Goal) ? 0 : 1;
    }

    private static Task BounceActors(ActorSystem system, int count)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IActorRef pong = system.ActorOf(Props.Create(() => new Pong()));
        system.ActorOf(Props.Create(() => new Ping(pong, count, done)));
        return done.Task;
    }

    private static async Task BounceChannels(int count, int? capacity)
    {
        Channel<object> there = Make(capacity), back = Make(capacity);
        Task pong = Task.Run(async () =>
        {
            for (int left = count; left > 0; left--) await back.Writer.WriteAsync(await there.Reader.ReadAsync());
        });
        Task ping = Task.Run(async () =>
        {
            for (int left = count; left > 0; left--)
            {
                await there.Writer.WriteAsync(s_ball);
                await back.Reader.ReadAsync();
            }
        });
        await Task.WhenAll(ping, pong);
    }

    private static async Task GatherActor(ActorSystem system, int count, bool flood)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Producer[] producers = Producer.Make(count, flood);
        Props props = Props.Create(() => new Sink(count, done));
        IActorRef sink = system.ActorOf(flood ? props.WithMailbox(new MailboxOptions(count, OverflowPolicy.DropNewest)) : props);
        await Task.WhenAll(producers.Select(each => each.RunAsync(message => sink.Tell(message, null))));
        await done.Task;
    }

    private static async Task GatherChannel(int count, int? capacity, bool flood)
    {
        Channel<object> channel = Make(capacity);
        Task sink = Task.Run(async () =>
        {
            int left = count;
            while (left > 0 && await channel.Reader.WaitToReadAsync())
            {
                while (channel.Reader.TryRead(out object? message))
                {
                    ((Producer)message).Handled();
                    left--;
                }
            }
        });
        await Task.WhenAll(Producer.Make(count, flood).Select(each => each.RunAsync(message => channel.Writer.TryWrite(message))));
        await sink;
    }

    private static Channel<object> Make(int? capacity) => capacity is { } most
        ? Channel.CreateBounded<object>(new BoundedChannelOptions(most) { SingleReader = true })
        : Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true });

    private sealed class Pong : ActorBase
    {
        protected override bool Receive(object message)
        {
            Sender.Tell(message, Self);
            return true;
        }
    }

    private sealed class Ping(IActorRef pong, int count, TaskCompletionSource done) : ActorBase
    {
        private int _left = count;

        protected override void PreStart() => pong.Tell(s_ball, Self);

        protected override bool Receive(object message)
        {
            if (--_left > 0)
            {
                pong.Tell(message, Self);
                return true;
            }

            Context.Stop(Self);
            pong.Tell(PoisonPill.Instance, null);
            done.TrySetResult();
            return true;
        }
    }

    private sealed class Sink(int count, TaskCompletionSource done) : ActorBase
    {
        private int _left = count;

        protected override bool Receive(object message)
        {
            ((Producer)message).Handled();
            if (--_left > 0) return true;
            Context.Stop(Self);
            done.TrySetResult();
            return true;
        }
    }

    /// <summary>One that sends itself, again and again: at most a window ahead of who receives it, or as fast as it can.</summary>
    [SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle, so there is nothing to dispose of.")]
    private sealed class Producer(int count, bool flood)
    {
        private const int Step = 500;

        private readonly SemaphoreSlim _steps = new(2);
        private int _handled;

        public static Producer[] Make(int count, bool flood) =>
            [.. Enumerable.Range(0, Producers).Select(_ => new Producer(count / Producers, flood))];

        public Task RunAsync(Action<object> send) => Task.Run(async () =>
        {
            for (int sent = 0; sent < count; sent++)
            {
                if (!flood && sent % Step == 0) await _steps.WaitAsync();
                send(this);
            }
        });

        /// <summary>In the receiver's turn.</summary>
        public void Handled()
        {
            if (++_handled % Step == 0 && !flood) _steps.Release();
        }
    }

    /// <param name="Rate">Messages a microsecond.</param>
    /// <param name="Cpu">Nanoseconds of processor time a message, of the whole process: what a machine that others load cannot stretch.</param>
    private readonly record struct Run(double Rate, double Cpu);

    private sealed class Contest(string what, string beside, int count, Func<int, Task> actors, Func<int, Task> channels)
    {
        private readonly List<Run> _actors = [];
        private readonly List<Run> _channels = [];

        public string Name => $"{what} {beside}";

        /// <summary>False for what is shown to tell what it costs, and promised nowhere.</summary>
        public bool HasGoal { get; init; } = true;

        public double Ratio => Statistics.Median(Ratios);

        private double[] Ratios => [.. _actors.Zip(_channels, (a, b) => a.Rate / b.Rate)];

        private double[] CpuRatios => [.. _actors.Zip(_channels, (a, b) => b.Cpu / a.Cpu)];

        public async Task RoundAsync(bool actorsFirst)
        {
            if (actorsFirst) _actors.Add(await MeasureAsync(actors));
            _channels.Add(await MeasureAsync(channels));
            if (!actorsFirst) _actors.Add(await MeasureAsync(actors));
        }

        public void Forget()
        {
            _actors.Clear();
            _channels.Clear();
        }

        public void Show(Report report) => report.Row(
            what,
            beside,
            Statistics.Show([.. _actors.Select(run => run.Rate)], "0.00"),
            Statistics.Show([.. _channels.Select(run => run.Rate)], "0.00"),
            Statistics.Show(Ratios, "0.00"),
            Statistics.Show([.. _actors.Select(run => run.Cpu)], "0"),
            Statistics.Show([.. _channels.Select(run => run.Cpu)], "0"),
            Statistics.Show(CpuRatios, "0.00"),
            HasGoal ? string.Create(CultureInfo.InvariantCulture, $"{Goal:0.0}") : "");

        private async Task<Run> MeasureAsync(Func<int, Task> run)
        {
            // What the run before left behind is collected before the clock starts.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            TimeSpan used = Environment.CpuUsage.TotalTime;
            long started = TimeProvider.System.GetTimestamp();
            await run(count);
            TimeSpan passed = TimeProvider.System.GetElapsedTime(started);
            return new Run(count / passed.TotalMicroseconds, (Environment.CpuUsage.TotalTime - used).TotalNanoseconds / count);
        }
    }
}
