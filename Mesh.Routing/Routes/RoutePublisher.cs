using Mesh.Actors.Events;
using Mesh.Actors.Tables;
using Mesh.Routing.Routes.Protocol;

namespace Mesh.Routing.Routes;

/// <summary>Puts what an entity decided into the map, from where every node has it. Any thread; the work is done on the control loop.</summary>
/// <param name="map">The map <see cref="RouteRows.Table"/>.</param>
/// <param name="post">Runs on the control loop, in order.</param>
/// <param name="log">For operators.</param>
internal sealed class RoutePublisher(ReplicatedMap<Row> map, Action<Action> post, Action<LogEvent> log)
{
    /// <summary>Writes a namespace as its book has it. The same again, by the same owner, changes nothing.</summary>
    /// <param name="name">The namespace.</param>
    /// <param name="epoch">Of the owner's claim; a later owner's words win over an earlier one's.</param>
    /// <param name="book">What is stored.</param>
    public void Publish(string name, long epoch, RouteBook book)
    {
        if (book.Version > 0) post(() => Write(name, new RowVersion((ulong)epoch, (ulong)book.Version), book.History[^1]));
    }

    private void Write(string name, RowVersion version, RouteChange last)
    {
        HashSet<string> written = [];
        if (last.Dtab is not null)
        {
            foreach ((string key, Row row) in RouteRows.Split(name, last))
            {
                Judge(name, map.Put(key, row, version));
                written.Add(key);
            }
        }
        else
        {
            Judge(name, map.Remove(name, version));
        }

        string[] old = [.. map.Snapshot.WithPrefix(name + "/").Select(static row => row.Key).Where(key => !written.Contains(key))];
        foreach (string key in old) map.Remove(key, version);
    }

    private void Judge(string name, WriteResult result)
    {
        if (result is WriteResult.Accepted or WriteResult.Unchanged) return;
        string why = result switch
        {
            WriteResult.Outdated => "the table has a newer one, of a later owner or of a journal that was lost",
            WriteResult.Full => "the table is full",
            _ => $"the table says {result}",
        };
        log(new LogEvent(LogLevel.Warning, "routes", $"namespace {name} did not reach the other nodes: {why}"));
    }
}
