using Mesh.Actors.Events;
using Mesh.Actors.Tables;
using Mesh.Routing.Routes.Protocol;

namespace Mesh.Routing.Routes;

/// <summary>Writes a namespace as its book has it. The same again, by the same owner, changes nothing.</summary>
/// <param name="name">The namespace.</param>
/// <param name="epoch">Of the owner; a later owner's words win over an earlier one's.</param>
/// <param name="book">What is stored.</param>
/// <param name="then">Told what became of it; any thread. Never, when there is nothing to publish.</param>
internal delegate void PublishRoutes(string name, long epoch, RouteBook book, Action<PublishOutcome> then);

/// <summary>What the fleet's table made of a namespace.</summary>
/// <param name="Result">Accepted or Unchanged: all of it is there. Else the first refusal; then the header was not written.</param>
/// <param name="Epoch">The highest that the table knows of the rows.</param>
internal readonly record struct PublishOutcome(WriteResult Result, ulong Epoch = 0)
{
    public bool IsThere => Result is WriteResult.Accepted or WriteResult.Unchanged;

    /// <summary>For operators.</summary>
    public string Reason => Result switch
    {
        WriteResult.Outdated => "the table `routes` has a newer one, of a later owner or of a journal that was lost",
        WriteResult.Full => "the table `routes` is full: delete what is not needed, then repeat the change",
        _ => $"the table `routes` says {Result}",
    };
}

/// <summary>Puts what an entity decided into the map, from where every node has it. Any thread; the work is done on the control loop.</summary>
/// <param name="map">The map <see cref="RouteRows.Table"/>.</param>
/// <param name="post">Runs on the control loop, in order.</param>
/// <param name="log">For operators.</param>
internal sealed class RoutePublisher(ReplicatedMap<Row> map, Action<Action> post, Action<LogEvent> log)
{
    /// <inheritdoc cref="PublishRoutes"/>
    public void Publish(string name, long epoch, RouteBook book, Action<PublishOutcome> then)
    {
        if (book.Version == 0) return;
        post(() => then(Write(name, new RowVersion((ulong)epoch, (ulong)book.Version), book.History[^1])));
    }

    private PublishOutcome Write(string name, RowVersion version, RouteChange last)
    {
        KeyValuePair<string, Row>[] rows = last.Dtab is null ? [] : [.. RouteRows.Split(name, last)];
        HashSet<string> written = [];
        foreach ((string key, Row row) in rows)
        {
            // Parts come before the header: without all of them it must not say that they are there.
            WriteResult put = map.Put(key, row, version);
            if (put is not (WriteResult.Accepted or WriteResult.Unchanged)) return Refused(name, put, rows);
            written.Add(key);
        }

        if (rows.Length == 0 && map.Remove(name, version) is not (WriteResult.Accepted or WriteResult.Unchanged) and var removed)
            return Refused(name, removed, rows);
        string[] old = [.. map.Snapshot.WithPrefix(name + "/").Select(static row => row.Key).Where(key => !written.Contains(key))];
        foreach (string key in old) map.Remove(key, version);
        return new PublishOutcome(WriteResult.Accepted);
    }

    private PublishOutcome Refused(string name, WriteResult result, KeyValuePair<string, Row>[] rows)
    {
        ulong epoch = rows.Select(static row => row.Key).Append(name).Max(key => map.VersionOf(key).Version?.Epoch ?? 0);
        var outcome = new PublishOutcome(result, epoch);
        log(new LogEvent(LogLevel.Warning, "routes", $"namespace {name} did not reach the other nodes: {outcome.Reason}"));
        return outcome;
    }
}
