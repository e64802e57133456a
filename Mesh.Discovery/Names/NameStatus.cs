using System.Collections.Immutable;

namespace Mesh.Discovery.Names;

/// <summary>What a namer knows of one watched name, for an operator.</summary>
/// <param name="Name">The whole path, prefix included.</param>
/// <param name="State">One of <see cref="Pending"/>, <see cref="Bound"/>, <see cref="Neg"/>, <see cref="Failed"/>.</param>
/// <param name="Since">When state or addresses last changed.</param>
/// <param name="Addresses">Those of now; a bound name may have none.</param>
/// <param name="Problem">What is wrong with it just now, though the last good addresses may serve on; empty when all is well.</param>
public sealed record NameStatus(Path Name, string State, DateTimeOffset Since, ImmutableArray<WeightedAddress> Addresses, string Problem)
{
    public const string Pending = "pending";
    public const string Bound = "bound";
    public const string Neg = "neg";
    public const string Failed = "failed";

    /// <summary>A name that leads to addresses.</summary>
    public static NameStatus Of(Path name, AddressState state, DateTimeOffset since, string? problem) => state switch
    {
        AddressState.Known known => new NameStatus(name, Bound, since, known.Addresses, problem ?? ""),
        AddressState.Neg => new NameStatus(name, Neg, since, [], problem ?? ""),
        AddressState.Failed failed => new NameStatus(name, Failed, since, [], problem ?? failed.Reason),
        _ => new NameStatus(name, Pending, since, [], problem ?? ""),
    };
}
