using Mesh.Actors.Control;
using Mesh.Actors.Remoting;
using Mesh.Actors.Tables.Protocol;

namespace Mesh.Actors.Tables;

/// <summary>Asks other nodes which version of a row they have, and answers the same question.</summary>
internal sealed class VersionDesk
{
    private readonly NodeServices _node;
    private readonly TableSettings _settings;
    private readonly SortedDictionary<string, TableCore> _tables;
    private readonly SortedDictionary<ulong, (UniqueAddress Node, Action<RowAnswer?> Answered, ControlTimer Timer)> _open = [];
    private ulong _number;

    public VersionDesk(NodeServices node, TableSettings settings, SortedDictionary<string, TableCore> tables)
    {
        (_node, _settings, _tables) = (node, settings, tables);
        node.Messenger.Handle<AskVersion>(OnAsk);
        node.Messenger.Handle<VersionIs>(OnAnswer);
    }

    public RowAnswer Of(string table, ulong owner, string key) =>
        _tables.GetValueOrDefault(table)?.Replica.Find(owner, key) is { } row ? new RowAnswer(row.Version, row.Deleted) : default;

    /// <summary>False when too many questions are open.</summary>
    /// <param name="node">Whom.</param>
    /// <param name="table">Of which table.</param>
    /// <param name="owner">0 in maps.</param>
    /// <param name="key">Which row.</param>
    /// <param name="timeout">When to give up.</param>
    /// <param name="answered">Called once, on the loop; null: no answer in time.</param>
    public bool Ask(UniqueAddress node, string table, ulong owner, string key, TimeSpan timeout, Action<RowAnswer?> answered)
    {
        if (_open.Count >= _settings.MaxQuestions) return false;
        ulong question = ++_number;
        ControlTimer timer = _node.Loop.After(timeout, () => Close(question, null));
        _open.Add(question, (node, answered, timer));
        _node.Messenger.Send(node, new AskVersion { Question = question, Table = table, Origin = owner, Key = key }, Lane.System);
        return true;
    }

    private void OnAsk(UniqueAddress from, AskVersion ask)
    {
        RowAnswer mine = Of(ask.Table, ask.Origin, ask.Key);
        var answer = new VersionIs { Question = ask.Question, Known = mine.Version is not null, Deleted = mine.Deleted };
        if (mine.Version is { } version) (answer.Epoch, answer.Sequence) = (version.Epoch, version.Sequence);
        _node.Messenger.Send(from, answer, Lane.System);
    }

    private void OnAnswer(UniqueAddress from, VersionIs answer)
    {
        if (!_open.TryGetValue(answer.Question, out (UniqueAddress Node, Action<RowAnswer?> Answered, ControlTimer Timer) open)) return;
        if (open.Node != from) return;
        open.Timer.Cancel();
        Close(answer.Question, new RowAnswer(answer.Known ? new RowVersion(answer.Epoch, answer.Sequence) : null, answer.Deleted));
    }

    private void Close(ulong question, RowAnswer? answer)
    {
        if (_open.Remove(question, out (UniqueAddress Node, Action<RowAnswer?> Answered, ControlTimer Timer) open)) open.Answered(answer);
    }
}
