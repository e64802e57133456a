using System.Globalization;
using Mesh.Actors.Journals;

namespace Mesh.ClusterBench;

/// <summary>What is measured, and for how long.</summary>
internal sealed record BenchmarkOptions
{
    public int Nodes { get; init; } = 3;

    public JournalKind Journal { get; init; } = JournalKind.Quorum;

    /// <summary>For PostgreSQL.</summary>
    public string Connection { get; init; } = "";

    public int Kills { get; init; } = 10;

    /// <summary>How long nodes are watched that have nothing to do.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long is written as fast as it goes.</summary>
    public TimeSpan Writes { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a shard's owner stands still.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The folder of results; empty for none.</summary>
    public string Out { get; init; } = "";

    public static BenchmarkOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchmarkOptions();
        for (int i = 0; i + 1 < arguments.Count; i += 2)
        {
            string value = arguments[i + 1];
            options = arguments[i] switch
            {
                "--nodes" => options with { Nodes = Number(value) },
                "--journal" => options with { Journal = Enum.Parse<JournalKind>(value, ignoreCase: true) },
                "--connection" => options with { Connection = value },
                "--kills" => options with { Kills = Number(value) },
                "--idle" => options with { Idle = TimeSpan.FromSeconds(Number(value)) },
                "--writes" => options with { Writes = TimeSpan.FromSeconds(Number(value)) },
                "--pause" => options with { Pause = TimeSpan.FromSeconds(Number(value)) },
                "--out" => options with { Out = value },
                _ => throw new ArgumentException($"unknown option {arguments[i]}"),
            };
        }

        return options;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
