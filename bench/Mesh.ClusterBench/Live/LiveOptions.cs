using System.Globalization;

namespace Mesh.ClusterBench.Live;

/// <summary>What is measured, and how much of it.</summary>
internal sealed record LiveOptions
{
    public int Nodes { get; init; } = 5;

    /// <summary>Changes, restarts, wiped disks or services; 0: as many as the measure has by itself.</summary>
    public int Count { get; init; }

    /// <summary>Instances of a service.</summary>
    public int Each { get; init; } = 10;

    /// <summary>How long the journal is away.</summary>
    public TimeSpan Away { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Requests a second; 0: as the measure has by itself.</summary>
    public int Rate { get; init; }

    /// <summary>Of a PostgreSQL server; empty: the quorum of core nodes.</summary>
    public string Connection { get; init; } = "";

    /// <summary>Shell command that stops that server.</summary>
    public string Stop { get; init; } = "";

    /// <summary>Shell command that starts it.</summary>
    public string Start { get; init; } = "";

    /// <summary>Of a cluster to join, and where instances are said to be reached.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];

    /// <summary>The folder of results; empty for none.</summary>
    public string Out { get; init; } = "";

    public static LiveOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new LiveOptions();
        for (int i = 0; i + 1 < arguments.Count; i += 2)
        {
            string value = arguments[i + 1];
            options = arguments[i] switch
            {
                "--nodes" => options with { Nodes = Number(value) },
                "--count" => options with { Count = Number(value) },
                "--each" => options with { Each = Number(value) },
                "--seconds" => options with { Away = TimeSpan.FromSeconds(Number(value)) },
                "--rate" => options with { Rate = Number(value) },
                "--connection" => options with { Connection = value },
                "--stop" => options with { Stop = value },
                "--start" => options with { Start = value },
                "--ports" => options with { Ports = [.. value.Split(',').Select(Number)] },
                "--out" => options with { Out = value },
                _ => throw new ArgumentException($"unknown option {arguments[i]}"),
            };
        }

        return options;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
