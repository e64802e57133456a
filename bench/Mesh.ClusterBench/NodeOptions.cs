using System.Globalization;
using Mesh.Actors.Journals;

namespace Mesh.ClusterBench;

/// <summary>What a node process is started with.</summary>
internal sealed record NodeOptions
{
    public string Name { get; init; } = "n0";

    /// <summary>Of remoting, on 127.0.0.1.</summary>
    public int Port { get; init; }

    /// <summary>Ports of the seeds, on 127.0.0.1.</summary>
    public IReadOnlyList<int> Seeds { get; init; } = [];

    public int BootstrapExpect { get; init; } = 1;

    public string Directory { get; init; } = ".";

    public JournalKind Journal { get; init; } = JournalKind.Quorum;

    /// <summary>For PostgreSQL.</summary>
    public string Connection { get; init; } = "";

    public string Schema { get; init; } = JournalSettings.DefaultSchema;

    /// <summary>Of the counters.</summary>
    public int Shards { get; init; } = 12;

    public IReadOnlyList<string> ToArguments() =>
    [
        "--name", Name, "--port", Text(Port), "--seeds", string.Join(',', Seeds), "--expect", Text(BootstrapExpect), "--directory", Directory,
        "--journal", Journal.ToString(), "--connection", Connection, "--schema", Schema, "--shards", Text(Shards),
    ];

    public static NodeOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new NodeOptions();
        for (int i = 0; i + 1 < arguments.Count; i += 2)
        {
            string value = arguments[i + 1];
            options = arguments[i] switch
            {
                "--name" => options with { Name = value },
                "--port" => options with { Port = Number(value) },
                "--seeds" => options with { Seeds = [.. value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Number)] },
                "--expect" => options with { BootstrapExpect = Number(value) },
                "--directory" => options with { Directory = value },
                "--journal" => options with { Journal = Enum.Parse<JournalKind>(value, ignoreCase: true) },
                "--connection" => options with { Connection = value },
                "--schema" => options with { Schema = value },
                "--shards" => options with { Shards = Number(value) },
                _ => throw new ArgumentException($"unknown option {arguments[i]}"),
            };
        }

        return options;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
