using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Quorum;

/// <summary>What is wrong with a member's files, a line each for people: shown as long as it is so, and logged when it is news.</summary>
/// <remarks>On the control loop. What comes back at once is no news: a page that cannot be read is met as often as it is asked for.</remarks>
internal sealed class MemberTrouble(NodeServices services)
{
    private static readonly TimeSpan s_newsAfter = TimeSpan.FromMinutes(1);

    private string? _logged;
    private TimeSpan _loggedAt;

    /// <summary>The member stopped for good.</summary>
    public string? Halt { get; private set; }

    /// <summary>Of <c>raft.db</c>.</summary>
    public string? Log { get; set; }

    /// <summary>Of <c>journal.db</c>.</summary>
    public string? Machine { get; set; }

    /// <summary>The worst of it; null: nothing.</summary>
    public string? Text => Halt ?? Log ?? Machine;

    public void Halted(InvalidOperationException broken)
    {
        Halt = $"halted: {broken.Message}; move this node's journal away and restart it, it joins anew";
        services.Log(new LogEvent(LogLevel.Error, RaftDriver.Source, Halt, broken));
    }

    public void LogFailed(Exception error) => Tell(Log = error.Message, error);

    public void MachineFailed(Exception error) => Tell(Machine = error.Message, error);

    private void Tell(string text, Exception error)
    {
        TimeSpan now = services.Loop.Now;
        if (text == _logged && now - _loggedAt < s_newsAfter) return;
        (_logged, _loggedAt) = (text, now);
        string advice = error is StorageException { Fault: StorageFault.Corrupt }
            ? "; stop this node, move the file and those beside it of its name away, start: it fetches everything from the others"
            : "";
        services.Log(new LogEvent(LogLevel.Error, RaftDriver.Source, $"the journal's disk failed, trying on: {text}{advice}"));
    }
}
