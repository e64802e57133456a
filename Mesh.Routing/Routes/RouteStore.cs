using System.Text;
using Mesh.Actors;
using Mesh.Actors.Journals;
using Mesh.Actors.Sharding;
using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;

namespace Mesh.Routing.Routes;

/// <summary>The door for changes, at any node: checks what it can, asks the namespace's owner, waits until this node has it too.</summary>
/// <remarks>
/// Any thread. Expected failures are results. What is to be done whatever is there is asked for as a change of the version that was seen, and
/// again of another when that was wrong: a command may wait for its owner longer than who gave it, and must not undo then what came after it.
/// </remarks>
/// <param name="region">Takes envelopes for namespaces.</param>
/// <param name="table">What this node has.</param>
/// <param name="journal">Asked why, when there is no answer.</param>
/// <param name="time">Of timeouts, and of the time that is noted with a change.</param>
/// <param name="checkPolicies">What is wrong with a policies document, with its place; null: nothing. Without it all are taken.</param>
/// <param name="metrics">What is counted; null where nobody looks.</param>
public sealed class RouteStore(
    IActorRef region, RouteTable table, Func<CancellationToken, ValueTask<JournalStatus>> journal, TimeProvider time,
    Func<string, string?>? checkPolicies = null, RouteMetrics? metrics = null)
{
    /// <summary>How long an owner may take, the second try included.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>After it the question is put again, under the same id: the owner may have moved, or the answer was lost.</summary>
    public static readonly TimeSpan FirstTry = TimeSpan.FromSeconds(2);

    /// <summary>How long an answer is held back for this node to have the change, so that who writes here reads it here.</summary>
    public static readonly TimeSpan OwnReadTime = TimeSpan.FromSeconds(2);

    /// <summary>How often a change that takes any version is put to another one before it is given up.</summary>
    public const int MaxRounds = 5;

    private static readonly TimeSpan s_journalTime = TimeSpan.FromSeconds(1);

    public Task<RouteResult> CreateAsync(string name, string dtab, string author) =>
        CountedAsync(WriteAsync(name, RouteVerb.Create, dtab, 0, author));

    /// <param name="name">The namespace.</param>
    /// <param name="dtab">Its rules as text.</param>
    /// <param name="expected">Only over this version; 0: whatever is there, or nothing.</param>
    /// <param name="author">For the history.</param>
    public Task<RouteResult> PutAsync(string name, string dtab, long expected, string author) =>
        CountedAsync(WriteAsync(name, RouteVerb.Put, dtab, expected, author));

    /// <summary>Writes the policies alone; a namespace that is not there is made, with an empty dtab.</summary>
    /// <param name="name">The namespace.</param>
    /// <param name="policies">The document as text.</param>
    /// <param name="expected">Only over this version; 0: whatever is there, or nothing.</param>
    /// <param name="author">For the history.</param>
    public Task<RouteResult> PutPoliciesAsync(string name, string policies, long expected, string author) =>
        CountedAsync(WritePoliciesAsync(name, policies, expected, author));

    /// <summary>Takes the policies away; the dtab stays.</summary>
    public Task<RouteResult> DeletePoliciesAsync(string name, long expected, string author)
    {
        if (table.Find(name) is { Policies.Length: 0 })
            return Task.FromResult<RouteResult>(new RouteResult.NotFound("the namespace has no policies"));
        RouteCommand command = Command(RouteVerb.Put, author) with { Policies = PackedText.Of(""), Expected = expected };
        return CountedAsync(ChangeAsync(name, command));
    }

    private async Task<RouteResult> WritePoliciesAsync(string name, string policies, long expected, string author)
    {
        if (Encoding.UTF8.GetByteCount(policies) is var bytes && bytes > RouteLimits.MaxPoliciesBytes)
            return new RouteResult.Refused($"the policies have {bytes} bytes; at most {RouteLimits.MaxPoliciesBytes}");
        if (bytes == 0) return new RouteResult.Refused("Invalid policies: the document is empty; delete the policies instead");
        if (checkPolicies?.Invoke(policies) is { } fault) return new RouteResult.Refused($"Invalid policies: {fault}");
        PackedText packed = PackedText.Of(policies);
        if (packed.Bytes.Length > RouteLimits.MaxPackedPoliciesBytes)
            return new RouteResult.Refused($"the policies have {packed.Bytes.Length} bytes packed; at most {RouteLimits.MaxPackedPoliciesBytes}");
        return TooMany(name)
            ?? await ChangeAsync(name, Command(RouteVerb.Put, author) with { Policies = packed, Expected = expected }).ConfigureAwait(false);
    }

    public Task<RouteResult> DeleteAsync(string name, long expected, string author) =>
        CountedAsync(ChangeAsync(name, Command(RouteVerb.Delete, author) with { Expected = expected }));

    /// <summary>Brings both documents of an earlier version back, as a new version; also of a namespace that was deleted.</summary>
    public Task<RouteResult> RollbackAsync(string name, long target, long expected, string author) =>
        CountedAsync(ChangeAsync(name, Command(RouteVerb.Rollback, author) with { Target = target, Expected = expected }));

    /// <summary>All changes that are kept, oldest first, without texts; or one of them with its text, as long as that is kept.</summary>
    /// <param name="name">The namespace.</param>
    /// <param name="version">0: all.</param>
    /// <returns>Null with the reason: no answer.</returns>
    public async Task<(RouteHistory? History, string Why)> HistoryAsync(string name, long version)
    {
        if (!RouteLimits.IsName(name)) return (new RouteHistory([]), "");
        try
        {
            var question = new ShardingEnvelope(name, new RouteHistoryQuestion(version));
            return (await region.Ask<RouteHistory>(question, Patience).ConfigureAwait(false), "");
        }
        catch (Exception fault)
        {
            return (null, await WhyAsync(fault, "").ConfigureAwait(false));
        }
    }

    private async Task<RouteResult> CountedAsync(Task<RouteResult> change)
    {
        long began = time.GetTimestamp();
        RouteResult result = await change.ConfigureAwait(false);
        metrics?.Answered(result, time.GetElapsedTime(began));
        return result;
    }

    private async Task<RouteResult> WriteAsync(string name, RouteVerb verb, string dtab, long expected, string author)
    {
        if (!Dtab.TryParse(dtab, out _, out SyntaxError? error)) return new RouteResult.Refused($"Invalid dtab: {error}");
        PackedText packed = PackedText.Of(dtab);
        if (packed.Length > RouteLimits.MaxDtabBytes || packed.Bytes.Length > RouteLimits.MaxPackedBytes)
        {
            return new RouteResult.Refused($"the dtab has {packed.Length} bytes, {packed.Bytes.Length} packed; "
                + $"at most {RouteLimits.MaxDtabBytes}, {RouteLimits.MaxPackedBytes} packed");
        }

        return TooMany(name) ?? await ChangeAsync(name, Command(verb, author) with { Dtab = packed, Expected = expected }).ConfigureAwait(false);
    }

    /// <summary>Null: there is room for the namespace, or it is there.</summary>
    private RouteResult.Refused? TooMany(string name)
    {
        RouteView view = table.Current;
        return view.Find(name) is null && view.Namespaces.Count >= RouteLimits.MaxNamespaces
            ? new RouteResult.Refused($"there are {view.Namespaces.Count} namespaces, at most {RouteLimits.MaxNamespaces}; delete one first")
            : null;
    }

    private async Task<RouteResult> ChangeAsync(string name, RouteCommand command)
    {
        if (command.Expected != 0 || command.Verb == RouteVerb.Create) return await AskAsync(name, command).ConfigureAwait(false);
        long seen = table.Find(name)?.Version ?? 0;
        for (int round = 0; round < MaxRounds; round++)
        {
            RouteCommand pinned = Pinned(command, seen);
            RouteResult result = await AskAsync(name, pinned).ConfigureAwait(false);
            switch (result)
            {
                case RouteResult.Stale stale: seen = stale.Version; break;
                case RouteResult.Exists exists: seen = exists.Version; break;
                case RouteResult.NotFound when pinned.Verb == RouteVerb.Put: seen = 0; break;
                default: return result;
            }
        }

        return new RouteResult.Unavailable("others change this namespace all the time; try again");
    }

    /// <summary>A command for any version as one for that version; 0: none was seen.</summary>
    private static RouteCommand Pinned(RouteCommand command, long version) => version switch
    {
        > 0 => command with { Expected = version },
        _ when command.Verb == RouteVerb.Put => command with { Verb = RouteVerb.Create },
        _ => command with { Expected = long.MaxValue },
    };

    private RouteCommand Command(RouteVerb verb, string author) => new(
        Guid.NewGuid().ToString("N"),
        verb,
        author.Length > RouteLimits.MaxAuthorLength ? author[..RouteLimits.MaxAuthorLength] : author,
        time.GetUtcNow());

    private async Task<RouteResult> AskAsync(string name, RouteCommand command)
    {
        if (!RouteLimits.IsName(name)) return new RouteResult.Refused($"a namespace's name has {RouteLimits.NameRule}");
        var envelope = new ShardingEnvelope(name, command);
        RouteResult result;
        try
        {
            RouteAnswer answer;
            try
            {
                answer = await region.Ask<RouteAnswer>(envelope, FirstTry).ConfigureAwait(false);
            }
            catch (AskTimeoutException)
            {
                answer = await region.Ask<RouteAnswer>(envelope, Patience - FirstTry).ConfigureAwait(false);
            }

            result = answer.Result;
        }
        catch (Exception fault)
        {
            const string Unknown = "; it may still be done: look at the history before you repeat it";
            return new RouteResult.Unavailable(await WhyAsync(fault, Unknown).ConfigureAwait(false));
        }

        if (result is RouteResult.Changed changed)
            await table.WhenAtLeastAsync(name, changed.Version, changed.Kind == RouteChangeKind.Deleted, OwnReadTime).ConfigureAwait(false);
        return result;
    }

    private async Task<string> WhyAsync(Exception fault, string whenUnknown)
    {
        if (fault is not AskTimeoutException) return fault.Message;
        string why;
        try
        {
            using CancellationTokenSource late = new(s_journalTime, time);
            JournalStatus status = await journal(late.Token).AsTask().WaitAsync(late.Token).ConfigureAwait(false);
            why = status.IsAvailable
                ? "its node may just have died, and another takes over within half a minute"
                : $"the {status.Kind} journal is away: {status.Detail}";
        }
        catch (Exception away)
        {
            why = $"the journal does not answer: {away.Message}";
        }

        return $"the namespace's owner did not answer within {Patience.TotalSeconds:0} s; {why}{whenUnknown}";
    }
}
