using System.Globalization;
using System.Text.RegularExpressions;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Conformance;

/// <summary>Reads what a conformance script prints: `ok` and `FAIL` lines, then `N passed, N failed`.</summary>
internal static partial class Verdict
{
    private const int MostShown = 60;

    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(8);

    /// <summary>Runs a script and demands that it checked something and failed nothing; the message shows each failure.</summary>
    public static async Task AllPassAsync(
        string folder, int atLeast, IEnumerable<string> arguments, Func<string> programOutput, string program = "node")
    {
        await using RunningProcess script = RunningProcess.Start(program, arguments, folder);
        await script.ExitAsync(RunLimit);
        string said = script.Output;

        Match total = Total().Matches(said).LastOrDefault() ?? Match.Empty;
        string[] failures = [.. said.Split('\n').Where(IsFailure)];
        string shown = string.Join('\n', failures.Take(MostShown));
        Assert.True(
            total.Success && total.Groups[2].Value == "0" && failures.Length == 0,
            $"{(total.Success ? total.Value : "no total:\n" + said)}; {failures.Length} failures:\n{shown}\nmesh said:\n{Tail(programOutput())}");
        Assert.True(
            int.Parse(total.Groups[1].Value, CultureInfo.InvariantCulture) >= atLeast,
            $"only {total.Value}: want at least {atLeast} checks");
    }

    private static bool IsFailure(string line) =>
        line.StartsWith("FAIL", StringComparison.Ordinal) || line.Contains("\"verdict\":\"FAIL\"", StringComparison.Ordinal)
            || line.Contains("\"verdict\":\"weak\"", StringComparison.Ordinal);

    private static string Tail(string text) => text.Length <= 4000 ? text : text[^4000..];

    [GeneratedRegex(@"^(\d+) passed, (\d+) failed", RegexOptions.Multiline)]
    private static partial Regex Total();
}
