using System.Collections.Immutable;

namespace Mesh.Routing.Routes;

/// <summary>What a change did.</summary>
public enum RouteChangeKind : byte
{
    Created = 1,
    Updated = 2,
    Deleted = 3,

    /// <summary>The documents of an earlier version were brought back, over what there was or over nothing.</summary>
    RolledBack = 4,
}

/// <summary>The documents of a namespace.</summary>
[Flags]
public enum RouteDocuments : byte
{
    None = 0,
    Dtab = 1,
    Policies = 2,
}

/// <summary>One change of a namespace, as it was stored: what both documents say from then on.</summary>
/// <param name="Version">1, 2, 3.. of the namespace, over deletions too.</param>
/// <param name="Kind">What was done.</param>
/// <param name="Dtab">The rules from then on; null when the namespace was deleted, or the texts are no longer kept, or were not asked for.</param>
/// <param name="Author">Who, for people.</param>
/// <param name="At">When, by the clock of the node that was asked; for people.</param>
/// <param name="CommandId">Which command it was, to know it again.</param>
public sealed record RouteChange(long Version, RouteChangeKind Kind, PackedText? Dtab, string Author, DateTimeOffset At, string CommandId)
{
    /// <summary>Of a rollback: which version was brought back; else 0.</summary>
    public long Restored { get; init; }

    /// <summary>The policies from then on; null when there are none, or where <see cref="Dtab"/> is null too.</summary>
    public PackedText? Policies { get; init; }

    /// <summary>Which documents were written, brought back or taken away.</summary>
    public RouteDocuments Documents { get; init; } = RouteDocuments.Dtab;
}

/// <summary>The fleet's table knows later epochs than the owner's journal, which began anew: it publishes above them from now on.</summary>
/// <remarks>Stored like a change, so that only who owns the namespace lifts it, and who owns it next knows.</remarks>
/// <param name="Epochs">See <see cref="RouteBook.Lift"/>.</param>
internal sealed record RouteLift(long Epochs);

/// <summary>What is asked of a namespace's entity.</summary>
public enum RouteVerb : byte
{
    /// <summary>Only where there is none.</summary>
    Create = 1,

    /// <summary>Whether or not there is one; with an expected version only over that.</summary>
    Put = 2,
    Delete = 3,
    Rollback = 4,
}

/// <summary>A wish to change a namespace.</summary>
/// <param name="Id">Drawn by who asks; the same id again is the same wish.</param>
/// <param name="Verb">What to do.</param>
/// <param name="Author">Who asks, for people.</param>
/// <param name="At">When, for people.</param>
public sealed record RouteCommand(string Id, RouteVerb Verb, string Author, DateTimeOffset At)
{
    /// <summary>Of Create and Put: checked already; null: it stays as it is, or is made empty.</summary>
    public PackedText? Dtab { get; init; }

    /// <summary>Of Create and Put: checked already; null: they stay as they are; empty: there are none from then on.</summary>
    public PackedText? Policies { get; init; }

    /// <summary>Refused unless this is the version; 0: any.</summary>
    public long Expected { get; init; }

    /// <summary>Of Rollback: which version comes back.</summary>
    public long Target { get; init; }
}

/// <summary>What became of a wish.</summary>
public abstract record RouteResult
{
    private RouteResult()
    {
    }

    /// <summary>Done, and in the journal.</summary>
    public sealed record Changed(RouteChangeKind Kind, long Version) : RouteResult;

    /// <summary>Create: there is one already.</summary>
    public sealed record Exists(long Version) : RouteResult;

    /// <summary>The version is another than was expected.</summary>
    public sealed record Stale(long Version) : RouteResult;

    /// <summary>There is no such namespace, or no such version of it.</summary>
    public sealed record NotFound(string Reason) : RouteResult;

    /// <summary>It cannot be done and never will be: the name or the dtab is wrong, with its place.</summary>
    public sealed record Refused(string Reason) : RouteResult;

    /// <summary>Not now; the text says why, and whether it may still be done.</summary>
    public sealed record Unavailable(string Reason) : RouteResult;
}

/// <summary>An entity's answer to a <see cref="RouteCommand"/>.</summary>
public sealed record RouteAnswer(RouteResult Result);

/// <summary>Asks an entity for its history.</summary>
/// <param name="Version">Only that change, with its text; 0: all of them, without texts.</param>
public sealed record RouteHistoryQuestion(long Version);

/// <summary>The changes that were asked for, oldest first.</summary>
public sealed record RouteHistory(ImmutableArray<RouteChange> Changes);
