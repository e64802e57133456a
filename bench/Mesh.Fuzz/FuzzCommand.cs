using System.Diagnostics;
using System.Globalization;

namespace Mesh.Fuzz;

/// <summary>The command line: families for so many seconds, or one case again.</summary>
internal static class FuzzCommand
{
    private const string Usage = """
        usage: dotnet run -c Release --project bench/Mesh.Fuzz -- WHAT [--seconds 60] [--seed N] [--cases N]
               dotnet run -c Release --project bench/Mesh.Fuzz -- --replay FILE

        WHAT is a target, a family of them (http1, http2, hpack) or all; the time is for each target. Exit code 1: something was found, and is said
        with its seed, made as small as can be, in lines that --replay takes ("-" reads them from standard input). Built with
        -c Debug it also stops at assertions.
        """;

    public static async Task<int> RunAsync(string[] arguments)
    {
        Trace.Listeners.Clear();
        Trace.Listeners.Add(new AssertionListener());
        if (arguments is ["--replay", var file]) return Replay(file == "-" ? await Console.In.ReadToEndAsync() : await File.ReadAllTextAsync(file));
        IReadOnlyList<FuzzTarget> targets = arguments.Length > 0 && arguments.Length % 2 == 1 ? FuzzTargets.Find(arguments[0]) : [];
        long seconds = 60, cases = long.MaxValue;
        ulong seed = (ulong)Stopwatch.GetTimestamp();
        for (int i = 1; i + 1 < arguments.Length; i += 2)
        {
            if (!ulong.TryParse(arguments[i + 1], CultureInfo.InvariantCulture, out ulong number)) targets = [];
            else if (arguments[i] == "--seconds") seconds = (long)number;
            else if (arguments[i] == "--cases") cases = (long)number;
            else if (arguments[i] == "--seed") seed = number;
            else targets = [];
        }

        if (targets.Count == 0)
        {
            await Console.Error.WriteLineAsync($"{Usage}\n\ntargets: {string.Join(", ", FuzzTargets.All.Select(static target => target.Name))}");
            return 2;
        }

        bool found = false;
        foreach (FuzzTarget target in targets)
        {
            FuzzReport report = await new FuzzRunner(target, seed).RunAsync(cases, TimeSpan.FromSeconds(seconds));
            Console.WriteLine(report);
            if (report.Failure is not { } failure) continue;
            found = true;
            Console.WriteLine(failure);
        }

        return found ? 1 : 0;
    }

    private static int Replay(string text)
    {
        (string name, FuzzCase made) = FuzzCase.Parse(text);
        if (FuzzTargets.All.FirstOrDefault(target => target.Name == name) is not { } target)
        {
            Console.Error.WriteLine($"no target {name}");
            return 2;
        }

        SynchronizationContext.SetSynchronizationContext(null);
        string? fault = FuzzRunner.Try(target, made);
        Console.WriteLine(fault ?? "It holds.");
        return fault is null ? 0 : 1;
    }

    /// <summary>A broken assertion is a finding like any other, and not the end of the process.</summary>
    private sealed class AssertionListener : TraceListener
    {
        public override void Fail(string? message, string? detailMessage) => throw new FuzzFaultException($"assertion: {message} {detailMessage}");

        public override void Write(string? message)
        {
        }

        public override void WriteLine(string? message)
        {
        }
    }
}
