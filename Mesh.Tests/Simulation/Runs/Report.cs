using System.Text;
using Mesh.Tests.Simulation.Faults;

namespace Mesh.Tests.Simulation.Runs;

/// <summary>What a person reads of a failed run.</summary>
internal static class Report
{
    /// <summary>Leaves out faults one at a time, as long as the same kind of failure comes without them.</summary>
    /// <param name="failed">The run.</param>
    /// <param name="subject">Makes the subject anew.</param>
    /// <param name="attempts">Runs to spend at most.</param>
    public static Outcome Shrink(Outcome failed, Func<Subject> subject, int attempts)
    {
        Outcome best = failed;
        string kind = Kind(failed.Failure!);
        bool smaller = true;
        while (smaller)
        {
            smaller = false;
            for (int i = best.Scenario.Plan.Count - 1; i >= 0 && attempts > 0; i--, attempts--)
            {
                List<Fault> plan = [.. best.Scenario.Plan];
                if (i >= plan.Count) continue;
                plan.RemoveAt(i);
                Outcome tried = Run.Live(best.Scenario with { Plan = plan }, subject());
                if (tried.Failure is null || Kind(tried.Failure) != kind) continue;
                (best, smaller) = (tried, true);
            }

            if (attempts <= 0) break;
        }

        return best;
    }

    public static string Of(Outcome outcome, Outcome shrunk, string subject)
    {
        var text = new StringBuilder();
        text.AppendLine($"{outcome.Scenario}").AppendLine($"broke {outcome.Failure}");
        text.AppendLine($"replay: MESH_SIM_SEED=0x{outcome.Scenario.Seed:X} MESH_SIM_SUBJECT={subject} "
            + "dotnet test Mesh.Tests --filter FullyQualifiedName~Simulation.ReplayTests");
        text.AppendLine($"with {shrunk.Scenario.Plan.Count} of {outcome.Scenario.Plan.Count} faults it still breaks: {shrunk.Failure}");
        foreach (Fault fault in shrunk.Scenario.Plan) text.AppendLine($"  {fault}");
        text.AppendLine("what happened then:").Append(shrunk.Story);
        return text.ToString();
    }

    // The name of the invariant, after the time and before the details.
    private static string Kind(string failure)
    {
        int start = failure.IndexOf(": ", StringComparison.Ordinal) + 2;
        string rest = failure[Math.Min(start, failure.Length)..];
        int end = rest.IndexOfAny([':', '\n']);
        return end < 0 ? rest : rest[..end];
    }
}
