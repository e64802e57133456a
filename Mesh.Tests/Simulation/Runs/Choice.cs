using System.Globalization;
using Mesh.Tests.Simulation.Toy;

namespace Mesh.Tests.Simulation.Runs;

/// <summary>What the environment asks of the simulation.</summary>
/// <remarks>
/// <c>MESH_SIM=ci</c>: hundreds of fixed seeds instead of a few. <c>MESH_SIM_SEEDS=from..to</c>: these. <c>MESH_SIM_FRESH=n</c>: n that nobody drew
/// before. <c>MESH_SIM_SEED=0x..</c>: one, told in full. <c>MESH_SIM_SUBJECT</c>: <c>cluster</c>, <c>entities</c> or <c>toy</c>, instead of
/// the first two.
/// <c>MESH_SIM_MEASURES=1</c>: tables of fleets of 30, 100, 500 and 2000 nodes; <c>=100,500</c>: of these.
/// </remarks>
internal static class Choice
{
    public static bool IsCi => Variable("MESH_SIM") == "ci";

    public static ulong? Seed => Variable("MESH_SIM_SEED") is { } text ? Number(text) : null;

    public static int? Fresh => Variable("MESH_SIM_FRESH") is { } text ? (int)Number(text) : null;

    public static int? Shrinks => Variable("MESH_SIM_SHRINKS") is { } text ? (int)Number(text) : null;

    /// <summary>How many nodes the fleets to be measured have.</summary>
    public static int[] Fleets => Variable("MESH_SIM_MEASURES") switch
    {
        null or "0" => [],
        "1" => [30, 100, 500, 2000],
        var text => [.. text.Split(',').Select(each => (int)Number(each))],
    };

    public static (ulong From, ulong To)? Seeds
    {
        get
        {
            if (Variable("MESH_SIM_SEEDS") is not { } text) return null;
            string[] parts = text.Split("..");
            return (Number(parts[0]), Number(parts[^1]));
        }
    }

    /// <summary>The one subject that is asked for; null: each that there is.</summary>
    public static string? OnlySubject => Variable("MESH_SIM_SUBJECT");

    public static Subject Subject() => Subject(OnlySubject ?? "cluster");

    public static Subject Subject(string name) => name switch
    {
        "cluster" => new ClusterSubject(),
        "entities" => new EntitySubject(),
        "toy" => new ToySubject(),
        _ => throw new InvalidOperationException($"MESH_SIM_SUBJECT={name}: there are cluster, entities and toy"),
    };

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? text : null;

    private static ulong Number(string text) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : ulong.Parse(text, CultureInfo.InvariantCulture);
}
