using System.Collections.Immutable;

namespace Mesh.Routing.Routes;

/// <summary>One namespace: what it says, how it came to that. Immutable; the fold of its changes.</summary>
/// <remarks>Pure: no clock, no chance. The newest change always has its text, so the present dtab is that of the last change.</remarks>
/// <param name="History">Oldest first, at most <see cref="RouteLimits.MaxHistory"/>.</param>
public sealed record RouteBook(ImmutableArray<RouteChange> History)
{
    private static readonly PackedText s_noRules = PackedText.Of("");

    public static RouteBook Empty { get; } = new([]);

    /// <summary>
    /// Added to the epoch of the owner's claim where the book is published: more than 0 after a journal began anew, whose epochs the fleet's table
    /// has seen already.
    /// </summary>
    public long Lift { get; init; }

    /// <summary>Of the last change; 0 before the first.</summary>
    public long Version => History.IsEmpty ? 0 : History[^1].Version;

    /// <summary>The rules now; null: there is no such namespace.</summary>
    public PackedText? Dtab => History.IsEmpty ? null : History[^1].Dtab;

    /// <summary>Null: there are none.</summary>
    public PackedText? Policies => History.IsEmpty ? null : History[^1].Policies;

    /// <summary>What a command comes to: a change that is to be stored before the answer is given, or an answer alone.</summary>
    public RouteVerdict Judge(RouteCommand command)
    {
        if (History.FirstOrDefault(change => change.CommandId == command.Id) is { } done)
            return new RouteVerdict(null, new RouteResult.Changed(done.Kind, done.Version));
        if (command.Verb == RouteVerb.Create)
            return Dtab is null ? Write(command) : new RouteVerdict(null, new RouteResult.Exists(Version));
        bool needsOne = command.Verb == RouteVerb.Delete || (command.Verb == RouteVerb.Put && command.Expected != 0);
        if ((Dtab is null && needsOne) || (History.IsEmpty && command.Verb == RouteVerb.Rollback))
            return NoNamespace();
        if (command.Expected != 0 && command.Expected != Version) return new RouteVerdict(null, new RouteResult.Stale(Version));
        return command.Verb switch
        {
            RouteVerb.Put => Write(command),
            RouteVerb.Delete => Change(command, RouteChangeKind.Deleted, null, null),
            RouteVerb.Rollback => Rollback(command),
            _ => new RouteVerdict(null, new RouteResult.Refused("the namespace's owner does not know that command; it runs an older version")),
        };
    }

    /// <summary>The book with a change that is stored.</summary>
    public RouteBook After(RouteChange change)
    {
        ImmutableArray<RouteChange> kept = History.Length < RouteLimits.MaxHistory ? History : History.RemoveAt(0);
        kept = kept.Add(change);
        int bytes = kept.Sum(Bytes);
        for (int i = 0; bytes > RouteLimits.MaxHistoryBytes && i < kept.Length - 1; i++)
        {
            if (kept[i].Dtab is null) continue;
            bytes -= Bytes(kept[i]);
            kept = kept.SetItem(i, kept[i] with { Dtab = null, Policies = null });
        }

        return this with { History = kept };
    }

    internal RouteBook After(RouteLift lift) => this with { Lift = lift.Epochs };

    public bool Equals(RouteBook? other) => other is not null && Lift == other.Lift && History.AsSpan().SequenceEqual(other.History.AsSpan());

    public override int GetHashCode() => HashCode.Combine(History.Length, Version);

    private RouteVerdict Rollback(RouteCommand command)
    {
        RouteChange? target = History.FirstOrDefault(change => change.Version == command.Target);
        if (target is null)
            return new RouteVerdict(null, new RouteResult.NotFound(
                $"version {command.Target} is not kept; there are {History[0].Version} to {Version}"));
        if (target.Kind == RouteChangeKind.Deleted)
            return new RouteVerdict(null, new RouteResult.Refused($"version {command.Target} deleted the namespace; delete it instead"));
        return target.Dtab is null
            ? new RouteVerdict(null, new RouteResult.NotFound($"the text of version {command.Target} is no longer kept"))
            : Change(command, RouteChangeKind.RolledBack, target.Dtab, target.Policies);
    }

    /// <summary>What the command does not bring stays as it is; a namespace that policies begin has the empty dtab.</summary>
    private RouteVerdict Write(RouteCommand command)
    {
        if (command.Dtab is null && command.Policies is null)
            return new RouteVerdict(null, new RouteResult.Refused("the command has no document"));
        if (Dtab is null && command is { Dtab: null, Policies.Length: 0 }) return NoNamespace();
        PackedText? policies = command.Policies ?? Policies;
        return Change(
            command,
            Dtab is null ? RouteChangeKind.Created : RouteChangeKind.Updated,
            command.Dtab ?? Dtab ?? s_noRules,
            policies is { Length: 0 } ? null : policies);
    }

    private static RouteVerdict NoNamespace() => new(null, new RouteResult.NotFound("there is no such namespace"));

    private static int Bytes(RouteChange change) => (change.Dtab?.Bytes.Length ?? 0) + (change.Policies?.Bytes.Length ?? 0);

    private RouteVerdict Change(RouteCommand command, RouteChangeKind kind, PackedText? dtab, PackedText? policies)
    {
        bool writesDtab = command.Dtab is not null || !Equals(dtab, Dtab);
        bool writesPolicies = command.Policies is not null || !Equals(policies, Policies);
        RouteDocuments written = (writesDtab ? RouteDocuments.Dtab : 0) | (writesPolicies ? RouteDocuments.Policies : 0);
        var change = new RouteChange(Version + 1, kind, dtab, command.Author, command.At, command.Id)
        {
            Restored = kind == RouteChangeKind.RolledBack ? command.Target : 0,
            Policies = policies,
            Documents = written == RouteDocuments.None ? RouteDocuments.Dtab : written,
        };
        return new RouteVerdict(change, new RouteResult.Changed(kind, change.Version));
    }
}

/// <summary>What a command comes to.</summary>
/// <param name="Change">To be stored first; null: nothing changes.</param>
/// <param name="Result">The answer.</param>
public readonly record struct RouteVerdict(RouteChange? Change, RouteResult Result);
