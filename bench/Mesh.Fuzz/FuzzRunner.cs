using System.Diagnostics;

namespace Mesh.Fuzz;

/// <summary>What a run found.</summary>
/// <param name="Target">Whose.</param>
/// <param name="Seed">Of the run.</param>
/// <param name="Cases">That were tried.</param>
/// <param name="Elapsed">By the clock.</param>
/// <param name="Failure">The first, as a text to print; null: there was none.</param>
internal sealed record FuzzReport(string Target, ulong Seed, long Cases, TimeSpan Elapsed, string? Failure)
{
    public override string ToString() =>
        $"{Target}: {Cases} cases in {Elapsed.TotalSeconds:0.0} s ({Cases / Math.Max(0.001, Elapsed.TotalSeconds):0}/s), seed {Seed}: "
            + (Failure is null ? "nothing found" : "FAILED");
}

/// <summary>Tries case after case of one target, on a thread of its own that somebody watches.</summary>
internal sealed class FuzzRunner(FuzzTarget target, ulong seed)
{
    /// <summary>A case takes a few milliseconds at most, also where many work; one that takes so long hangs.</summary>
    public static readonly TimeSpan HangAfter = TimeSpan.FromMinutes(2);

    private readonly Stopwatch _time = new();
    private FuzzCase? _present;
    private long _presentSince;
    private long _cases;

    /// <summary>So many cases, or until the time is over; ends at the first failure.</summary>
    public async Task<FuzzReport> RunAsync(long cases, TimeSpan most)
    {
        _time.Start();
        Task<string?> work = Task.Factory.StartNew(
            () => Work(cases, most), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        using PeriodicTimer looks = new(TimeSpan.FromMilliseconds(500));
        while (!work.IsCompleted)
        {
            // Short runs end at once, long ones are looked after.
            await Task.WhenAny(work, looks.WaitForNextTickAsync().AsTask());
            if (work.IsCompleted || Volatile.Read(ref _present) is not { } present) continue;
            if (_time.Elapsed - TimeSpan.FromTicks(Volatile.Read(ref _presentSince)) > HangAfter)
                return Report($"It hangs.\n{Describe(present)}");
        }

        return Report(await work);
    }

    /// <summary>One case again; null: it holds.</summary>
    public static string? Try(FuzzTarget target, FuzzCase made)
    {
        try
        {
            target.Check(made);
            return null;
        }
        catch (FuzzFaultException fault)
        {
            return fault.Message;
        }
        catch (Exception crash)
        {
            return $"crash: {crash}";
        }
    }

    private string? Work(long cases, TimeSpan most)
    {
        // Flows go on where they are completed.
        SynchronizationContext.SetSynchronizationContext(null);
        Dice seeds = new(seed);
        for (; _cases < cases && _time.Elapsed < most; _cases++)
        {
            FuzzCase made = target.Make(new Dice(seeds.Seed()));
            Volatile.Write(ref _presentSince, _time.Elapsed.Ticks);
            Volatile.Write(ref _present, made);
            if (Try(target, made) is not { } fault) continue;
            Volatile.Write(ref _present, null);
            (FuzzCase least, string leastFault) = Shrinker.Shrink(target, made, fault);
            return $"case {_cases} of seed {seed}: {leastFault}\nMade as small as can be ({made.Size} to {least.Size} bytes):\n{Describe(least)}";
        }

        return null;
    }

    private string Describe(FuzzCase made) =>
        $"{made.ToText(target.Name)}Again: save these lines, then `dotnet run -c Release --project bench/Mesh.Fuzz -- --replay FILE`.";

    private FuzzReport Report(string? failure) => new(target.Name, seed, _cases, _time.Elapsed, failure);
}
