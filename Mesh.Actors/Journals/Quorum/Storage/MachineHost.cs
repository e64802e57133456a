using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Quorum.Storage;

/// <summary>The journal machine of a member, behind the thread that it is used on. Answers come on the control loop, in order.</summary>
/// <param name="open">Makes the machine, on that thread; may throw <see cref="StorageException"/>.</param>
/// <param name="work">The thread.</param>
internal sealed class MachineHost(Func<IJournalMachine> open, IBlockingWork work)
{
    private IJournalMachine? _machine;
    private IJournalImport? _import;

    public void Open(Action<AppliedMark, Exception?> done) => work.Run(() => (_machine ??= open()).Applied, done);

    /// <summary>Told of each lease that an applied command asked for, as it is stored then: leader or not, every member watches.</summary>
    public Action<string, LeaseRow>? LeaseSeen { get; set; }

    /// <summary>Applies committed entries in one commit; the replies to commands in the order of the entries, null for what is no command.</summary>
    public void Apply(ImmutableArray<RaftEntry> entries, Action<ImmutableArray<ByteString?>, Exception?> done)
    {
        List<(string Name, LeaseRow Row)> leases = [];
        work.Run(
            () => ApplyNow(entries, leases),
            (replies, error) =>
            {
                if (error is null) leases.ForEach(seen => LeaseSeen?.Invoke(seen.Name, seen.Row));
                done(replies, error);
            });
    }

    public void Query(ByteString query, Action<ByteString?, Exception?> done) =>
        work.Run(() => QuorumQueries.Answer(Machine, QuorumQuery.Parser.ParseFrom(query)).ToByteString(), done);

    public void Lease(string name, Action<LeaseRow?, Exception?> done) => work.Run(() => Machine.Lease(name), done);

    public void Leases(Action<ImmutableArray<KeyValuePair<string, LeaseRow>>, Exception?> done) => work.Run(() => Machine.Leases(), done);

    public void Facts(Action<MachineFacts, Exception?> done) => work.Run(() => Machine.Facts(), done);

    public void Export(int pieceBytes, Action<IJournalExport?, Exception?> done) => work.Run(() => Machine.Export(pieceBytes), done);

    /// <summary>The next piece; null after the last.</summary>
    public void NextPiece(IJournalExport export, Action<ReadOnlyMemory<byte>?, Exception?> done) => work.Run(export.Next, done);

    public void Close(IJournalExport export) => work.Run(() => Disposed(export), (_, _) => { });

    /// <summary>Takes a piece; the first forgets what an earlier snapshot brought.</summary>
    public void TakePiece(bool first, ByteString piece, Action<Exception?> done) => work.Run(
        () =>
        {
            if (first)
            {
                _import?.Dispose();
                _import = Machine.Import();
            }

            (_import ?? throw new InvalidOperationException("no snapshot was begun")).Add(piece.Memory);
            return true;
        },
        (_, error) => done(error));

    /// <summary>The snapshot replaces the state.</summary>
    public void CompleteImport(Action<AppliedMark, Exception?> done) => work.Run(
        () =>
        {
            IJournalImport import = _import ?? throw new InvalidOperationException("no snapshot was begun");
            _import = null;
            using (import) import.Complete();
            return Machine.Applied;
        },
        done);

    public void Dispose(Action done) => work.Run(
        () =>
        {
            _import?.Dispose();
            _machine?.Dispose();
            return true;
        },
        (_, _) => done());

    private IJournalMachine Machine => _machine ?? throw new StorageException(StorageFault.Unavailable, "the journal's machine was not opened");

    private ImmutableArray<ByteString?> ApplyNow(ImmutableArray<RaftEntry> entries, List<(string Name, LeaseRow Row)> leases)
    {
        ImmutableArray<ByteString?>.Builder replies = ImmutableArray.CreateBuilder<ByteString?>(entries.Length);
        try
        {
            foreach (RaftEntry entry in entries)
            {
                var mark = new AppliedMark(entry.Index, entry.Term);
                if (entry.Index <= Machine.Applied.Index) replies.Add(null);
                else replies.Add(entry.Kind == EntryKind.Command ? Applied(entry.Data, mark, leases) : Advanced(mark));
            }

            Machine.Commit();
            return replies.MoveToImmutable();
        }
        catch
        {
            Machine.Rollback();
            throw;
        }
    }

    private ByteString Applied(ByteString body, AppliedMark mark, List<(string Name, LeaseRow Row)> leases)
    {
        JournalCommand command = JournalCommand.Parser.ParseFrom(body);
        JournalReply reply = Machine.Apply(command, mark);
        if (command.AcquireLease is { } ask && reply.Lease?.Row is { } row) leases.Add((ask.Name, LeaseRow.From(row)));
        return reply.ToByteString();
    }

    private ByteString? Advanced(AppliedMark mark)
    {
        Machine.Advance(mark);
        return null;
    }

    private static bool Disposed(IJournalExport export)
    {
        export.Dispose();
        return true;
    }
}
