using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Mesh.Bench;

/// <summary>A result page: what was measured, on what, with which commands. Names no host and no path outside the repository.</summary>
internal sealed class Report(string name)
{
    private readonly StringBuilder _text = new();

    public void Line(string text = "")
    {
        Console.WriteLine(text);
        _text.Append(text.Replace(Layout.Root + "/", "", StringComparison.Ordinal).Replace(Layout.Root, ".", StringComparison.Ordinal)).Append('\n');
    }

    /// <summary>A table row, or its head with the rule under it.</summary>
    public void Row(params string[] cells) => Line($"| {string.Join(" | ", cells)} |");

    public void Head(params string[] cells)
    {
        Row(cells);
        Row([.. cells.Select(_ => "---")]);
    }

    /// <summary>Title, date, machine and versions.</summary>
    public async Task BeginAsync(string title)
    {
        Line($"# {title}");
        Line();
        Line($"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, commit {await FirstLineAsync("git", "describe", "--always", "--dirty")}.");
        Line();
        string model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) ?? ": unknown";
        Line($"- machine: {Environment.ProcessorCount} cores, {model[(model.IndexOf(':', StringComparison.Ordinal) + 2)..]}, "
            + $"kernel {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, loopback");
        Line($"- versions: {RuntimeInformation.FrameworkDescription}; {await FirstLineAsync("haproxy", "-v")}; "
            + $"{await FirstLineAsync("nginx", "-v")}; {(await FirstLineAsync("wrk", "-v")).Split(" Copyright")[0]}; "
            + $"{await FirstLineAsync("nghttpx", "-v")}; Caddy {await FirstLineAsync("caddy", "version")}");
        Line();
    }

    /// <summary>The commands as they were run, at the repository's root.</summary>
    public void Commands(IEnumerable<string> commands)
    {
        Line();
        Line("Commands, run at the repository's root:");
        Line();
        Line("```");
        foreach (string command in commands)
        {
            Line(command);
        }

        Line("```");
    }

    /// <summary>Writes name-date.md into the folder of results.</summary>
    public void Save(Options options)
    {
        string folder = Path.Combine(Layout.Root, options.Out);
        Directory.CreateDirectory(folder);
        string file = $"{name}-{DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}.md";
        File.WriteAllText(Path.Combine(folder, file), _text.ToString());
        Console.WriteLine($"written: {options.Out}/{file}");
    }

    /// <summary>Asks a program for its version; wrk answers with exit code 1, so the code says nothing.</summary>
    private static async Task<string> FirstLineAsync(params string[] command)
    {
        try
        {
            using Child child = Child.Start(null, command);
            await child.ExitAsync();
            return child.Output.Split('\n')[0].Trim();
        }
        catch (BenchException)
        {
            return $"{command[0]} not installed";
        }
    }
}
