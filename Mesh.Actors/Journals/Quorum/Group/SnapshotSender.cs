using Google.Protobuf;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Actors.Journals.Quorum.Storage;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Quorum.Group;

/// <summary>Brings snapshots to followers, a piece at a time: the next when the follower asked for it, the same again when it did not.</summary>
/// <remarks>One piece and the one behind it are in memory for each transfer; the export holds a view of the state meanwhile, on the disk.</remarks>
internal sealed class SnapshotSender(
    NodeServices services, QuorumSettings settings, MachineHost machine, Func<RaftDriver> driver, Action<RaftMessage> send)
{
    /// <summary>Followers served at once; others are served after.</summary>
    public const int MaxTransfers = 2;

    /// <summary>The same piece is sent that often before the transfer is given up.</summary>
    public const int MaxTries = 10;

    private readonly ControlLoop _loop = services.Loop;
    private readonly SortedDictionary<ulong, Transfer> _transfers = [];
    private readonly SortedDictionary<ulong, int> _failures = [];
    private string? _told;

    /// <summary>Snapshots that were begun since the start.</summary>
    public long Begun { get; private set; }

    /// <summary>The lowest index that followers will go on from; long.MaxValue when there is none.</summary>
    public long Held => _transfers.Count == 0 ? long.MaxValue : _transfers.Values.Min(each => each.Base?.Index ?? 0);

    public void Begin(ulong to)
    {
        if (driver().Core is not { } core) return;
        if (_transfers.ContainsKey(to)) return;
        if (_transfers.Count >= MaxTransfers)
        {
            Again(to, settings.PieceTimeout);
            return;
        }

        Begun++;
        var transfer = new Transfer(to, core.Term);
        _transfers.Add(to, transfer);
        machine.Export(settings.PieceBytes, (export, error) => Exported(transfer, export, error));
    }

    /// <summary>A follower says which piece it wants next.</summary>
    public void Answered(RaftMessage reply)
    {
        if (!_transfers.TryGetValue(reply.From, out Transfer? transfer) || transfer.IsReading || reply.Term != transfer.Term) return;
        if (reply.Reject || reply.Offset < transfer.Offset) Fail(transfer, null);
        else if (reply.Offset == transfer.Offset + 1 && transfer.Following is not null) Advance(transfer);
    }

    public void Tick()
    {
        if (driver().Core is not { Role: RaftRole.Leader }) _failures.Clear();
        foreach (Transfer transfer in _transfers.Values.ToArray())
        {
            RaftCore core = driver().Core!;
            bool goesOn = core.Role == RaftRole.Leader && core.Term == transfer.Term
                && core.Progress.TryGetValue(transfer.To, out RaftProgress? progress) && progress.State == ProgressState.Snapshot;
            if (!goesOn) Done(transfer);
            else if (transfer.Tries > MaxTries) Fail(transfer, null);
            else if (!transfer.IsReading && _loop.Now - transfer.SentAt >= settings.PieceTimeout) SendPiece(transfer);
        }
    }

    private void Exported(Transfer transfer, IJournalExport? export, Exception? error)
    {
        if (export is null || driver().Core is not { } core || !IsCurrent(transfer) || export.Applied.Index < core.Log.Base.Index)
        {
            if (export is not null) machine.Close(export);
            if (IsCurrent(transfer)) Fail(transfer, error);
            return;
        }

        transfer.Export = export;
        transfer.Base = new RaftBase(export.Applied.Index, export.Applied.Term, core.GroupAt(export.Applied.Index));
        Advance(transfer);
    }

    /// <summary>Reads one piece ahead, so that the last is known to be the last.</summary>
    private void Advance(Transfer transfer)
    {
        transfer.IsReading = true;
        machine.NextPiece(transfer.Export!, (piece, error) =>
        {
            if (!IsCurrent(transfer)) return;
            if (error is not null)
            {
                Fail(transfer, error);
                return;
            }

            bool first = transfer.Offset < 0 && transfer.Following is null && piece is not null && !transfer.HasFirst;
            if (first)
            {
                transfer.HasFirst = true;
                transfer.Following = piece;
                Advance(transfer);
                return;
            }

            transfer.IsReading = false;
            transfer.Current = transfer.Following ?? default;
            transfer.Following = piece;
            transfer.Offset++;
            transfer.Tries = 0;
            SendPiece(transfer);
        });
    }

    private void SendPiece(Transfer transfer)
    {
        if (driver().Core is not { } core || transfer.Base is not { } start || transfer.Offset < 0) return;
        transfer.SentAt = _loop.Now;
        transfer.Tries++;
        send(new RaftMessage
        {
            Kind = RaftKind.Snapshot,
            GroupId = core.GroupId,
            From = core.Id,
            To = transfer.To,
            Term = core.Term,
            Boot = core.Boot,
            Index = start.Index,
            IndexTerm = start.Term,
            Group = start.Group.ToRecord(),
            Offset = transfer.Offset,
            Last = transfer.Following is null,
            Piece = UnsafeByteOperations.UnsafeWrap(transfer.Current),
        });
    }

    private bool IsCurrent(Transfer transfer) => _transfers.TryGetValue(transfer.To, out Transfer? known) && known == transfer;

    private void Done(Transfer transfer)
    {
        _failures.Remove(transfer.To);
        End(transfer);
    }

    /// <summary>Both sides began at once again, and wrote it down, hundreds of times a second: what failed is given time to be mended.</summary>
    /// <param name="transfer">What is given up.</param>
    /// <param name="error">Why the state could not be read here; null: the follower did not take it.</param>
    private void Fail(Transfer transfer, Exception? error)
    {
        End(transfer);
        _loop.Reached("quorum: a snapshot was given up");
        if (error is not null && _told != error.Message)
        {
            _told = error.Message;
            services.Log(new LogEvent(LogLevel.Warning, "journal/quorum", $"a snapshot for others could not be read: {error.Message}", error));
        }

        if (error is StorageException damaged) driver().CannotRead(damaged);
        int failures = _failures[transfer.To] = Math.Min(_failures.GetValueOrDefault(transfer.To) + 1, 16);
        TimeSpan pause = settings.PieceTimeout * (1 << (failures - 1));
        Again(transfer.To, pause < settings.LongestSnapshotPause ? pause : settings.LongestSnapshotPause);
    }

    /// <summary>Meanwhile nothing is appended there; if another transfer runs by then, it knows better.</summary>
    private void Again(ulong to, TimeSpan pause) => _loop.After(pause, () =>
    {
        if (!_transfers.ContainsKey(to)) driver().Input(core => core.SnapshotFailed(to));
    });

    private void End(Transfer transfer)
    {
        _transfers.Remove(transfer.To);
        if (transfer.Export is not null) machine.Close(transfer.Export);
    }

    private sealed class Transfer(ulong to, long term)
    {
        public ulong To { get; } = to;

        public long Term { get; } = term;

        public IJournalExport? Export { get; set; }

        public RaftBase? Base { get; set; }

        public bool HasFirst { get; set; }

        public bool IsReading { get; set; } = true;

        public int Offset { get; set; } = -1;

        public ReadOnlyMemory<byte> Current { get; set; }

        public ReadOnlyMemory<byte>? Following { get; set; }

        public TimeSpan SentAt { get; set; }

        public int Tries { get; set; }
    }
}
