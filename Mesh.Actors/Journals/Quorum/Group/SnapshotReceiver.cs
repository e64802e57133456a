using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Actors.Journals.Quorum.Storage;

namespace Mesh.Actors.Journals.Quorum.Group;

/// <summary>Takes in a leader's snapshot in order of its pieces, and lets it replace the state when the last is there.</summary>
/// <remarks>A transfer goes on where it stopped while leader and snapshot are the same; otherwise it begins anew.</remarks>
internal sealed class SnapshotReceiver(
    NodeServices services, IRaftStorage storage, MachineHost machine, Func<RaftDriver> driver, Action<RaftMessage> send)
{
    private (ulong From, long Term, long Index) _current;
    private int _wanted;
    private bool _busy;
    private string? _told;

    /// <summary>Snapshots that replaced this member's state since its start.</summary>
    public long Installed { get; private set; }

    /// <summary>After the member has seen the message and follows its sender.</summary>
    public void Take(RaftMessage piece)
    {
        if (driver().Core is not { } core || core.Term != piece.Term || core.Leader != piece.From || core.IsInstalling || _busy) return;
        var snapshot = new RaftBase(piece.Index, piece.IndexTerm, RaftGroup.Of(piece.Group));
        if (snapshot.Index <= core.AppliedIndex)
        {
            driver().Input(raft => raft.Skip(snapshot, services.Loop.Now));
            return;
        }

        var id = (piece.From, piece.Term, piece.Index);
        if (piece.Offset == 0 && (id != _current || _wanted > 1))
        {
            _current = id;
            _wanted = 0;
        }

        if (id != _current || piece.Offset != _wanted)
        {
            Answer(piece, reject: id != _current);
            return;
        }

        _busy = true;
        machine.TakePiece(first: piece.Offset == 0, piece.Piece, error => Taken(piece, snapshot, error));
    }

    private void Taken(RaftMessage piece, RaftBase snapshot, Exception? error)
    {
        _busy = false;
        if (error is not null)
        {
            Fail(piece, error);
            return;
        }

        _wanted++;
        if (piece.Last) Install(piece, snapshot);
        else Answer(piece, reject: false);
    }

    private void Install(RaftMessage piece, RaftBase snapshot)
    {
        _current = default;
        if (driver().Core is not { IsInstalling: false } core) return;
        core.IsInstalling = true;
        storage.Announce(snapshot, error =>
        {
            if (error is null) machine.CompleteImport((_, failed) => Complete(piece, snapshot, failed));
            else Complete(piece, snapshot, error);
        });
    }

    private void Complete(RaftMessage piece, RaftBase snapshot, Exception? error)
    {
        if (error is null)
        {
            Installed++;
            _told = null;
            driver().Input(core => core.Installed(snapshot, services.Loop.Now));
            return;
        }

        driver().Input(core => core.IsInstalling = false);
        Fail(piece, error);
    }

    private void Fail(RaftMessage piece, Exception error)
    {
        _current = default;
        if (_told != error.Message)
        {
            _told = error.Message;
            services.Log(new LogEvent(LogLevel.Warning, "journal/quorum", $"a snapshot could not be taken in: {error.Message}", error));
        }

        Answer(piece, reject: true);
    }

    private void Answer(RaftMessage piece, bool reject)
    {
        if (driver().Core is not { } core || core.Term != piece.Term) return;
        send(new RaftMessage
        {
            Kind = RaftKind.SnapshotReply,
            GroupId = core.GroupId,
            From = core.Id,
            To = piece.From,
            Term = core.Term,
            Boot = core.Boot,
            Offset = _wanted,
            Reject = reject,
        });
    }
}
