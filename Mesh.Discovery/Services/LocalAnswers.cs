using System.Collections.Immutable;

namespace Mesh.Discovery.Services;

/// <summary>What became of a wish about this node's own instances.</summary>
public enum LocalResult
{
    /// <summary>It is there now, and was not.</summary>
    Created,

    /// <summary>It was there, and is as wished now.</summary>
    Updated,

    /// <summary>It is gone.</summary>
    Removed,

    /// <summary>This node hosts no such instance.</summary>
    NotFound,

    /// <summary>The config says that it is there; only the config can change that.</summary>
    Configured,

    /// <summary>No room: this node hosts too many, or the fleet's table is full.</summary>
    Full,

    /// <summary>The node is about to end.</summary>
    Ending,
}

/// <summary>The answer to a wish.</summary>
/// <param name="Result">What became of it.</param>
/// <param name="Instance">As it is now, or was at last; null where there is none.</param>
/// <param name="Reason">Why not, for whoever asked; empty where it was done.</param>
public sealed record LocalAnswer(LocalResult Result, LocalInstance? Instance, string Reason = "")
{
    /// <summary>A lease that would not survive a restart of the node, since its disk failed; why.</summary>
    public string? NotKept { get; init; }
}

/// <summary>An instance that this node hosts, as it stands.</summary>
/// <param name="Registration">What the node was told.</param>
/// <param name="State">What the fleet is told.</param>
/// <param name="Reason">Why it is not up.</param>
/// <param name="Since">When the state began.</param>
/// <param name="ExpiresIn">Until a lease ends unless it is renewed; null: it is none.</param>
public sealed record LocalInstance(Registration Registration, InstanceState State, string Reason, DateTimeOffset Since, TimeSpan? ExpiresIn);

/// <summary>What is hosted, and so to be checked, by key.</summary>
public sealed record LocalSet(ImmutableArray<Registration> Registrations)
{
    public static LocalSet Nothing { get; } = new([]);
}
